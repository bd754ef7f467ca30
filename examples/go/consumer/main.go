// A consumer in Go: prints the main figures of NIFTY every second, over REST. Standard library only.
//
//	go run ./consumer http://localhost:8000 [seconds]
//
// DELTASTREAM_KEY is an API key, where tokens are required.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"time"
)

func main() {
	args, key := append(os.Args[1:], "60"), os.Getenv("DELTASTREAM_KEY")
	seconds, _ := strconv.Atoi(args[1])
	for n := 0; n < seconds; n++ {
		request, err := http.NewRequest("GET", args[0]+"/api/data/NIFTY", nil)
		if err != nil {
			log.Fatal(err)
		}
		if key != "" {
			request.Header.Set("authorization", "Bearer "+key)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			log.Fatal(err)
		}
		var product struct {
			Product, Timestamp string
			Price              *float64
		}
		err = json.NewDecoder(response.Body).Decode(&product)
		response.Body.Close()
		if err != nil || response.StatusCode != 200 {
			log.Fatal(response.Status, err)
		}
		if product.Price != nil {
			fmt.Println("price", product.Product, *product.Price, product.Timestamp)
		}
		time.Sleep(time.Second)
	}
}
