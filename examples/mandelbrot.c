/* Draws a part of the Mandelbrot set as PNG on standard output.
 *
 *   --width=N --height=N   pixels (default 640, 480)
 *   --x=DEC --y=DEC        the centre (default -0.6, 0)
 *   --zoom=DEC             1 shows the whole set, 2 half of it (default 1)
 *   --iterations=N         how long a point is followed (default 400)
 *
 * Colours are smooth, and each pixel is the mean of four points. */
#include "png.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

static double x = -0.6, y = 0, zoom = 1;
static long width = 640, height = 480, iterations = 400;

/* Where colours pass through, as red, green, blue; the last joins the first. */
static const double palette[][3] = {{0.00, 0.02, 0.20}, {0.06, 0.25, 0.62}, {0.55, 0.83, 0.96},
                                    {0.99, 0.98, 0.90}, {0.99, 0.70, 0.12}, {0.60, 0.16, 0.06},
                                    {0.14, 0.02, 0.14}};

enum { COLOURS = sizeof palette / sizeof *palette };

/* How long the point takes to leave, with a fraction; -1 if it stays. */
static double followed(double cr, double ci) {
  double q = (cr - 0.25) * (cr - 0.25) + ci * ci;
  if (q * (q + cr - 0.25) <= 0.25 * ci * ci) return -1;            /* in the cardioid */
  if ((cr + 1) * (cr + 1) + ci * ci <= 0.0625) return -1;          /* in the bulb left of it */
  double r = 0, i = 0, rr = 0, ii = 0;
  for (long n = 0; n < iterations; n++) {
    i = 2 * r * i + ci;
    r = rr - ii + cr;
    rr = r * r;
    ii = i * i;
    if (rr + ii > 65536) return (double)n + 1 - log2(log2(rr + ii) / 2);
  }
  return -1;
}

static void colour(double time, double to[3]) {
  if (time < 0) return; /* inside: black */
  double at = sqrt(time < 0 ? 0 : time) * 0.9;
  int from = (int)floor(at);
  double part = at - from;
  part = part * part * (3 - 2 * part);
  for (int i = 0; i < 3; i++) {
    to[i] += palette[from % COLOURS][i] * (1 - part) + palette[(from + 1) % COLOURS][i] * part;
  }
}

static int option(const char *argument) {
  static const struct {
    const char *name;
    double *decimal;
    long *whole;
    double least, most;
  } options[] = {
      {"--width=", NULL, &width, 1, 16384},        {"--height=", NULL, &height, 1, 16384},
      {"--iterations=", NULL, &iterations, 1, 1e6}, {"--x=", &x, NULL, -4, 4},
      {"--y=", &y, NULL, -4, 4},                   {"--zoom=", &zoom, NULL, 1e-3, 1e13},
  };
  for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
    size_t length = strlen(options[i].name);
    if (strncmp(argument, options[i].name, length) != 0) continue;
    char *end;
    double value = strtod(argument + length, &end);
    if (end == argument + length || *end || !(value >= options[i].least && value <= options[i].most)) {
      return 0;
    }
    if (options[i].decimal) *options[i].decimal = value;
    else *options[i].whole = (long)value;
    return 1;
  }
  return 0;
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    if (!option(argv[i])) {
      fprintf(stderr, "mandelbrot: unknown or out of range: %s\n", argv[i]);
      return 2;
    }
  }
  unsigned char *rgb = malloc((size_t)width * (size_t)height * 3);
  if (!rgb) {
    fputs("mandelbrot: out of memory\n", stderr);
    return 1;
  }
  double pixel = 2.6 / zoom / (double)(width * 3 < height * 4 ? width * 3 / 4 + 1 : height);
  unsigned char *to = rgb;
  for (long row = 0; row < height; row++) {
    for (long column = 0; column < width; column++) {
      double sum[3] = {0, 0, 0};
      for (int i = 0; i < 4; i++) {
        double right = (double)column - (double)width / 2 + (i & 1 ? 0.75 : 0.25);
        double down = (double)row - (double)height / 2 + (i & 2 ? 0.75 : 0.25);
        colour(followed(x + right * pixel, y - down * pixel), sum);
      }
      for (int i = 0; i < 3; i++) *to++ = (unsigned char)(sqrt(sum[i] / 4) * 255 + 0.5);
    }
  }
  png_buffer file = png_file(rgb, (unsigned)width, (unsigned)height);
  for (size_t at = 0; at < file.size;) {
    ssize_t written = write(1, file.bytes + at, file.size - at);
    if (written < 0) return 1;
    at += (size_t)written;
  }
  return 0;
}
