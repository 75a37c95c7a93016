module go-cache

go 1.24
