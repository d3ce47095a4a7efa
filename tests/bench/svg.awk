# The results as a picture: how much of its limit each row uses. A bar that ends left of the line at 100 % holds.
# Input: the environment (name, value), then the results of summary.awk.

function text(s) {
  gsub(/&/, "\\&amp;", s)
  gsub(/</, "\\&lt;", s)
  gsub(/>/, "\\&gt;", s)
  return s
}

function figure(value) { return sprintf(value >= 100 || value <= -100 ? "%.0f" : "%.2f", value) }

# Share of the limit: 1 is just at it, less is better.
function share(result, relation, limit) {
  if (relation == "at least") return result > 0 ? limit / result : MOST
  return result > 0 ? result / limit : 0
}

function words(x, y, size, colour, anchor, content) {
  printf "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%d\" fill=\"%s\" text-anchor=\"%s\">%s</text>\n", x, y, size, colour,
    anchor, text(content)
}

function line(x, top, bottom, colour) {
  printf "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n", x, top, x, bottom, colour
}

BEGIN {
  FS = "\t"
  MOST = 2            # where bars are cut off, as a share of the limit
  LEFT = 440; SCALE = 220; STEP = 26; TOP = 96; WIDTH = 1180
  GOOD = "#2f7d4f"; BAD = "#b3372b"; INK = "#1f2328"; PALE = "#6b7280"
}

NR == FNR { environment[$1] = $2; next }

$10 != "none" { row[++rows] = $0 }

END {
  bottom = TOP + rows * STEP
  printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" ", WIDTH, bottom + 34,
    WIDTH, bottom + 34
  print "font-family=\"system-ui, 'Segoe UI', 'DejaVu Sans', Helvetica, sans-serif\">"
  printf "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n"
  words(24, 32, 18, INK, "start", bench " beside heap: how much of each limit is used")
  words(24, 54, 12, PALE, "start", "PostgreSQL " environment["PostgreSQL"] ", JDK " environment["JDK"] ", " \
    environment["kernel"] ", " environment["cores"] " cores, " substr(environment["date"], 1, 10) ", commit " \
    environment["commit"])
  for (tenth = 0; tenth <= MOST * 10; tenth += 5) {
    line(LEFT + tenth / 10 * SCALE, TOP - 8, bottom, tenth == 10 ? INK : "#e3e6ea")
    words(LEFT + tenth / 10 * SCALE, TOP - 14, 11, tenth == 10 ? INK : PALE, "middle",
      tenth == 10 ? "limit" : tenth * 10 " %")
  }
  for (r = 1; r <= rows; r++) {
    split(row[r], field, "\t")
    used = share(field[7], field[8], field[9])
    colour = field[10] == "holds" ? GOOD : BAD
    y = TOP + (r - 1) * STEP
    words(LEFT - 12, y + 16, 13, INK, "end", field[2])
    printf "<rect x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"16\" rx=\"2\" fill=\"%s\"/>\n", LEFT, y + 3,
      (used > MOST ? MOST : used) * SCALE + 1, colour
    unit = field[6] == "ratio" ? "" : " " field[3]
    words(LEFT + MOST * SCALE + 16, y + 16, 13, colour, "start",
      figure(field[7]) unit (used > MOST ? " (bar cut off)" : "") ", " field[8] " " field[9])
  }
  words(24, bottom + 22, 12, PALE, "start",
    "Ratios are " bench " : heap, medians; memory in MB and the first SELECT in ms stand for themselves.")
  print "</svg>"
}
