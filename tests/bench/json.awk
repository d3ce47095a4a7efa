# The results as JSON. Input: the environment (name, value), then the results of summary.awk.

function text(s) {
  gsub(/\\/, "\\\\", s)
  gsub(/"/, "\\\"", s)
  gsub(/[\001-\037]/, " ", s)
  return "\"" s "\""
}

function number(s) { return s == "" ? "null" : s + 0 == s ? s : text(s) }

function side(name, median, samples) {
  return text(name) ": {\"median\": " number(median) ", \"samples\": [" samples "]}"
}

BEGIN {
  FS = "\t"
  print "{"
  print "  \"bench\": " text(bench) ","
  print "  \"environment\": {"
}

NR == FNR {
  printf "%s    %s: %s", (NR > 1 ? ",\n" : ""), text($1), text($2)
  next
}

FNR == 1 { printf "\n  },\n  \"rows\": [\n" }

{
  printf "%s    {\"name\": %s, \"title\": %s, \"unit\": %s,\n", (FNR > 1 ? ",\n" : ""), text($1), text($2), text($3)
  printf "      %s,\n      %s,\n", side("heap", $4, $11), side(bench, $5, $12)
  printf "      \"compared\": %s, \"result\": %s, \"limit\": %s, \"limit_is\": %s, \"holds\": %s}", text($6), number($7),
    number($9), $8 == "" ? "null" : text($8), $10 == "none" ? "null" : $10 == "holds" ? "true" : "false"
}

END { printf "\n  ]\n}\n" }
