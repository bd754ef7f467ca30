module deltastream.example

go 1.19
