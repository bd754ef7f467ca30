// A feed in Go: sends a price of NIFTY every second. Standard library only.
//
//	go run ./feed http://localhost:8000 [seconds]
//
// DELTASTREAM_KEY is an API key, where tokens are required.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
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
		tick := map[string]any{"product": "NIFTY", "timestamp": time.Now().UnixMilli(), "price": 24200 + n%10}
		line, _ := json.Marshal(tick)
		request, err := http.NewRequest("POST", args[0]+"/api/ingest/ticks?source=go", bytes.NewReader(line))
		if err != nil {
			log.Fatal(err)
		}
		request.Header.Set("content-type", "application/x-ndjson")
		if key != "" {
			request.Header.Set("authorization", "Bearer "+key)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			log.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		fmt.Println(response.StatusCode, string(body))
		time.Sleep(time.Second)
	}
}
