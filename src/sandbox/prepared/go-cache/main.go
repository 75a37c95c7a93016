// Command go-cache is a build cache for Go in two layers: what it finds in a directory that it only reads (its one
// argument, a GOCACHE), and what it writes below the user's cache directory. The go command starts it where GOCACHEPROG
// names it (`go doc cmd/go/internal/cacheprog` has the protocol).
package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

type request struct {
	ID       int64
	Command  string
	ActionID []byte
	OutputID []byte
	BodySize int64
}

type response struct {
	ID            int64
	Err           string     `json:",omitempty"`
	KnownCommands []string   `json:",omitempty"`
	Miss          bool       `json:",omitempty"`
	OutputID      []byte     `json:",omitempty"`
	Size          int64      `json:",omitempty"`
	Time          *time.Time `json:",omitempty"`
	DiskPath      string     `json:",omitempty"`
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go-cache READ_ONLY_GOCACHE")
		os.Exit(2)
	}
	if err := serve(os.Stdin, os.Stdout, caches{readOnly: os.Args[1], own: ownDirectory()}); err != nil {
		fmt.Fprintln(os.Stderr, "go-cache:", err)
		os.Exit(1)
	}
}

func serve(in io.Reader, out io.Writer, held caches) error {
	requests, answers := json.NewDecoder(bufio.NewReader(in)), json.NewEncoder(out)
	if err := answers.Encode(response{KnownCommands: []string{"get", "put", "close"}}); err != nil {
		return err
	}
	for {
		var asked request
		if err := requests.Decode(&asked); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		var body []byte
		if asked.BodySize > 0 {
			if err := requests.Decode(&body); err != nil {
				return err
			}
		}
		answer := held.answer(asked, body)
		answer.ID = asked.ID
		if err := answers.Encode(answer); err != nil || asked.Command == "close" {
			return err
		}
	}
}

type caches struct {
	readOnly string
	own      string
}

func (held caches) answer(asked request, body []byte) response {
	switch asked.Command {
	case "get":
		return held.get(asked.ActionID)
	case "put":
		path, err := held.put(asked, body)
		if err != nil {
			return response{Err: err.Error()}
		}
		return response{DiskPath: path}
	default:
		return response{}
	}
}

func (held caches) get(action []byte) response {
	for _, layer := range []string{held.own, held.readOnly} {
		if found, ok := lookUp(layer, hex.EncodeToString(action)); ok {
			return found
		}
	}
	return response{Miss: true}
}

// lookUp reads an entry as the go command itself writes it: "v1 action output size time".
func lookUp(layer, action string) (response, bool) {
	text, err := os.ReadFile(entry(layer, action, "a"))
	if err != nil {
		return response{}, false
	}
	fields := strings.Fields(string(text))
	if len(fields) != 5 || fields[0] != "v1" || fields[1] != action {
		return response{}, false
	}
	output, outputErr := hex.DecodeString(fields[2])
	size, sizeErr := strconv.ParseInt(fields[3], 10, 64)
	nanoseconds, timeErr := strconv.ParseInt(fields[4], 10, 64)
	path := entry(layer, fields[2], "d")
	info, fileErr := os.Stat(path)
	if outputErr != nil || sizeErr != nil || timeErr != nil || fileErr != nil || info.Size() != size {
		return response{}, false
	}
	made := time.Unix(0, nanoseconds)
	return response{OutputID: output, Size: size, Time: &made, DiskPath: path}, true
}

func (held caches) put(asked request, body []byte) (string, error) {
	action, output := hex.EncodeToString(asked.ActionID), hex.EncodeToString(asked.OutputID)
	path := entry(held.own, output, "d")
	if err := write(path, body); err != nil {
		return "", err
	}
	line := fmt.Sprintf("v1 %s %s %20d %20d\n", action, output, len(body), time.Now().UnixNano())
	return path, write(entry(held.own, action, "a"), []byte(line))
}

// ownDirectory is a temporary one where there is no home, or none that can be written to.
func ownDirectory() string {
	if cache, err := os.UserCacheDir(); err == nil {
		own := filepath.Join(cache, "go-cache")
		if os.MkdirAll(own, 0o755) == nil {
			return own
		}
	}
	return filepath.Join(os.TempDir(), "go-cache")
}

func entry(layer, id, kind string) string {
	return filepath.Join(layer, id[:2], id+"-"+kind)
}

// write puts a file in place whole, because another go command may read it at the same time.
func write(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	fresh, err := os.CreateTemp(filepath.Dir(path), ".fresh-*")
	if err != nil {
		return err
	}
	_, err = fresh.Write(content)
	if closed := fresh.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(fresh.Name(), path)
	}
	if err != nil {
		os.Remove(fresh.Name())
	}
	return err
}
