/* The kernel of ring A: what Python and C agree upon. Holds no code.
 *
 * The kernel reads the bytes of a job once and answers "accepted" or "doubt", never more: findings
 * are made by the plain reference in Python alone (docs/adr/0021). It opens no file, allocates
 * nothing, keeps nothing between calls, and touches only the arrays that it is handed with their
 * lengths. Numbers are fixed-point integers of 1e-5 of their unit, as in grammar.py.
 *
 * A changed structure or meaning raises KERNEL_ABI here and in kernel_link.py.
 */
#ifndef MDPS_KERNEL_H
#define MDPS_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#define KERNEL_ABI 5
#define SCALE 100000
/* trace.UNKNOWN: what a job has not set yet. */
#define UNKNOWN (-((int64_t)1 << 60))

#define MAX_COMMAND_LINE_BYTES 256
#define MAX_COMMENT_LINE_BYTES 65536
#define MAX_CANONICAL_BYTES 80
/* Longest canonical line with its line end, and the loads that may go beyond it. */
#define LINE_ROOM 128
/* Lines that wait for the layer of the next printed line. */
#define PENDING_AT_MOST 64
#define FAN_VALUES 256
#define ROW_COLUMNS 14
/* Sets of letters that a move may have, and letters in one with the NUL behind them. */
#define SHAPES_AT_MOST 12
#define SHAPE_LETTERS 8

#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

/* Why the kernel doubts; for diagnosis only, the reference says what is wrong. */
enum doubt {
    DOUBT_NONE = 0,
    DOUBT_GRAMMAR = 1,
    DOUBT_COUNT = 2,
    DOUBT_COMMAND = 3,
    DOUBT_HEIGHT = 4,
    DOUBT_HEAT = 5,
    DOUBT_FAN = 6,
    DOUBT_ACCELERATION = 7,
    DOUBT_RETRACTION = 8,
    DOUBT_SPEED = 9,
    DOUBT_FLOW = 10,
    DOUBT_PLACE = 11,
    DOUBT_LAYER = 12,
    DOUBT_ROOM = 13,
    DOUBT_WRITING = 14
};

/* Words of the body, as bits of limits.words. */
enum word {
    WORD_G0 = 1 << 0,
    WORD_G1 = 1 << 1,
    WORD_G92 = 1 << 2,
    WORD_M104 = 1 << 3,
    WORD_M106 = 1 << 4,
    WORD_M107 = 1 << 5,
    WORD_M109 = 1 << 6,
    WORD_M140 = 1 << 7,
    WORD_M190 = 1 << 8,
    WORD_M204 = 1 << 9
};

/* Limits of one feature class. Flow is filament length over path length, without unit; limits of
 * flow and width are one pair, drawn in by the guard band of kernel_limits.py. */
struct class_limits {
    double least_flow, most_flow;
    double long_square;                    /* (1e-5 mm)^2: from here on flow and width count */
    double short_least_flow, short_most_flow;
    double short_length, short_filament;   /* 1e-5 mm: what rounding can do */
    int64_t slowest, fastest;              /* 1e-5 mm/min */
};

struct heat_rule {
    int64_t from_layer, nozzle, bed;
};

struct fan_rule {
    int64_t from_layer;
    uint8_t allowed[FAN_VALUES];
};

/* A printed line as ring C needs it; ends and filament in 1e-5 mm. Short, for there are millions. */
struct stroke {
    int32_t layer, x0, y0, x1, y1, filament;
};

/* How the signed slicer writes a line, writing.Writing. Letters as bits, 0 is A. */
struct writing {
    int64_t present;                       /* 0: any line of the grammar will do */
    int64_t zero_before_point, remarks, micrometres;
    int64_t speed_last;                    /* "G1 X Y F" is one of the moves */
    int64_t step[26];                      /* a value is a multiple of this, 1e-5 */
    uint8_t moves[2][SHAPES_AT_MOST][SHAPE_LETTERS];   /* of G0, of G1; an empty one ends them */
};

struct limits {
    struct class_limits classes[2];        /* first layer, body */
    int64_t left, right, front, back;
    int64_t first_height, layer_height, hop, height_tolerance;
    int64_t travel_slowest, travel_fastest;
    int64_t rest_length, rest_length_tolerance;
    int64_t retract_feed, deretract_feed, rest_feed_tolerance;
    int64_t commands_at_most, lines_at_most;
    int64_t words, relative;
    int64_t acceleration_count, heat_count, fan_count;
    const int64_t *accelerations;
    const struct heat_rule *heat;
    const struct fan_rule *fan;
    struct writing writing;
};

/* What the printer remembers, as the start block leaves it. */
struct machine {
    int64_t x, y, z, extruder, feed, nozzle, bed, fan;
    int64_t index, line;                   /* canonical lines and lines of the file before the body */
};

struct result {
    int64_t accepted, doubt, doubt_line;
    int64_t commands, lines, layers, printed;
    int64_t filament, low[3], high[3], max_feed;
    int64_t nozzle, bed;                   /* in force after the body */
    double seconds;
    uint8_t fan_seen[FAN_VALUES];
};

/* Where writing the canonical copy stands. */
struct cursor {
    int64_t offset, commands, lines;
    int64_t refused;                       /* the rest is no job by this grammar: ask the reference */
};

EXPORT int64_t mdps_abi(void);
EXPORT const char *mdps_source_digest(void);
EXPORT int64_t mdps_size_of(int64_t which);

/* All of ring A on the body: bytes begin to end (exclusive) of data. layer_start has room for
 * layer_room numbers. rows, where not NULL, takes ROW_COLUMNS numbers for each printed line, and strokes, where
 * not NULL, one for each; both have room for row_room lines. */
EXPORT int64_t mdps_judge(const uint8_t *data, int64_t length, int64_t begin, int64_t end,
                          const struct limits *limits, const struct machine *start,
                          struct result *result, int64_t *layer_start, int64_t layer_room,
                          int64_t *rows, struct stroke *strokes, int64_t row_room);

/* Canonical lines of data from cursor on, as many whole ones as out has room for. */
EXPORT int64_t mdps_canonical(const uint8_t *data, int64_t length, struct cursor *cursor,
                              uint8_t *out, int64_t room);

#endif
