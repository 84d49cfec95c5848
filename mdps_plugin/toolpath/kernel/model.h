/* Ring C: layers of a placed model held against printed lines. See docs/adr/0032.
 *
 * As in kernel.h: the kernel says of a layer and a check that there is surely nothing to find, or it
 * doubts. It opens no file, allocates nothing, keeps nothing between calls but what lies in the
 * memory that it is handed, and looks at every length before it reads or writes.
 *
 * Pixels, beads and sections are those of raster.py and section.py bit for bit: both use additions,
 * multiplications, divisions and square roots of IEEE 754 in the same order and nothing else.
 * Everything else is compared with a margin of MARGIN on the careful side.
 */
#ifndef MDPS_MODEL_H
#define MDPS_MODEL_H

#include "kernel.h"

#define MARGIN 1e-7
#define MOST_ROW_CROSSINGS 256
#define MOST_REACH_PX 4096
#define MOST_DISC_PX 512
#define FLOW_WIDTHS 16
#define MOST_SHAPES 40
#define MOST_WALLS 16
#define MOST_ENDS 3
/* Ends and turns of a layer that lie where fills may meet. */
#define MOST_ODD 4096
/* A tile of twice.py: a quarter of a word. */
#define TILE_PX 16

/* What was found to be in order, one bit a check; the bits of a layer in `sure`. */
enum check {
    SURE_SECTION = 1 << 0,                 /* box and volume, against the section below the middle */
    SURE_INSIDE = 1 << 1,
    SURE_WALLED = 1 << 2,
    SURE_COVERED = 1 << 3,
    SURE_FLOW = 1 << 4,
    SURE_PLACED = 1 << 5,                  /* the fit of the layer */
    SURE_SAMPLED = 1 << 6,                 /* the samples of the outline were taken */
    SURE_PLACES = 1 << 7                   /* walls run, and filling lines end, where they may */
};

/* What the rules of coverage.py, geometry.py, fit.py ... compare with, and their constants. */
struct model_rules {
    double first_height, layer_height, plane_offset;
    double filament_area, round_sides;     /* mm2; 1 - pi / 4 */
    double width_least[2], width_most[2];  /* mm; first layer, body */
    double seam;
    /* section */
    double beyond, shorter, volume_least, volume_most;
    /* inside, walled */
    double inside, gap, piece, near, thin, probe;
    /* single lines */
    double flow_widths[FLOW_WIDTHS];
    double flow_length, flow_filament, flow_spare, flow_seam, flow_rest, flow_long;
    double filament_rounding, length_rounding;
    double short_length[2], short_least[2], short_most[2];
    int64_t flow_count, flow_every, flow_full;
    /* fit */
    double outer_inset, layer_shift, fit_near, fit_least_usual, fit_least_hold, fit_least_share;
    int64_t fit_samples, fit_least_samples, fit_rounds, outline_samples;
    /* coverage */
    double grid_x, grid_y, pixels_per_mm;
    int64_t rows, columns;
    double walls, beyond_walls;            /* mm from an outline */
    double cut, cut_step, cut_share;
    int64_t cut_steps;
    int64_t solid, one_fill, knows_infill, top, bottom, border;
    int64_t outside_px, open_px, deep_px, lasting_px, infill_px;
    /* places; of the first layer and of the others; no walls: the rule does not run */
    double place_walls[2][MOST_WALLS], place_ends[2][MOST_ENDS][2], place_border[2][2];
    int64_t place_wall_count[2], place_end_count[2], place_bordered[2];
    double place_end, place_wall, place_room, place_round, place_every, place_far, place_link;
    double place_spacing[2], graze_every;
    int64_t graze_steps, graze_ends;
    double turn_line, turn_stub, turn_back, turn_aside, turn_way;
    int64_t place_around, place_border_px;
    /* where fills of PrusaSlicer meet; of a surface and behind it; of the first layer and of the others */
    double border_fill[2], border_away[2][2], border_ends[2], border_turns[2], border_link[2][2];
    double border_corner[2], border_tip[2], border_near, border_piece, border_sure, border_slope;
    /* ends that face each other */
    double faced_from, faced_to, faced_every, faced_opposite;
    int64_t faced_least[2];                /* first layer, body */
    double twice_most, twice_spare, twice_step;
    double twice_spot[2];                  /* first layer, body */
    int64_t spare_first;                   /* layer 0 may have a brim: not judged here */
};

struct model {
    const struct model_rules *rules;
    const uint8_t *corners;                /* of a triangle 9 numbers; the next one lies a stride on */
    int64_t triangle_count, corner_stride, corners_wide;   /* wide: of 64 bits, else of 32 */
    const int32_t *order;                  /* triangles layer by layer */
    int64_t order_count;
    const int64_t *edges;                  /* model_layers + 1 places in order */
    int64_t model_layers, most_met;
    const struct stroke *printed;
    int64_t printed_count;
    const int64_t *layer_rows;             /* layer_count + 1 places in printed */
    int64_t layer_count, most_printed;
    uint8_t *sure;                         /* layer_count */
    /* Two sides of each layer, fit_samples places each; NaN where there is none. */
    double *fit_points, *fit_normals, *fit_insets;
    /* outline_samples places of each layer: normals, and least and most inset they may have. */
    double *outline_normals, *outline_low, *outline_high;
};

/* Layers between the lowest and highest corner of each triangle, as sections.py counts them. Gives
 * the sum of all, or -1; first and last take triangle_count numbers. */
EXPORT int64_t mdps_spans(const uint8_t *corners, int64_t stride, int64_t wide, int64_t count,
                          double first_height, double layer_height, double plane_offset,
                          int32_t *first, int32_t *last, int64_t *top);
EXPORT int64_t mdps_order(const int32_t *first, const int32_t *last, int64_t count, int64_t *edges,
                          int64_t layers, int32_t *order, int64_t room);
/* Bytes of memory that mdps_layers wants, and 64 more where they do not lie at a multiple of 64; -1 where
 * the task is none. */
EXPORT int64_t mdps_model_room(const struct model *model);
/* Layers begin to end (exclusive); calls for other layers may run beside it, each with memory of
 * its own. Gives 0 if memory is too small for it, else 1. */
EXPORT int64_t mdps_layers(const struct model *model, int64_t begin, int64_t end, void *memory,
                           int64_t room);
/* Sizes of struct model_rules and struct model. */
EXPORT int64_t mdps_model_size(int64_t which);
/* 1: surely one body. parent: count numbers; table: slots numbers, a power of two. */
EXPORT int64_t mdps_one_body(const double *triangles, int64_t count, int32_t *parent,
                             int32_t *table, int64_t slots);
/* The fit of a whole part as fit.py has it, from count samples (points and normals have two numbers each):
 * of shift and size, and of a turn with them. made: 1 and four numbers of solved, 0 where there is no
 * solution, -1 in doubt, for either. reach, mm: half the width of the part, about its middle. memory: at least
 * 9 * (count + 1) numbers, room; 0 where that is too small. */
EXPORT int64_t mdps_part_fit(const double *points, const double *normals, const double *insets,
                             int64_t count, const double *middle, double reach,
                             const struct model_rules *rules, double *solved, int64_t *made,
                             double *memory, int64_t room);

/* ---- within the kernel ---- */

/* Printed lines of a layer; places in mm. */
struct lines {
    double *x0, *y0, *x1, *y1, *width, *flow, *volume, *length;
    uint8_t *joined;
    int64_t count;
    double height, volume_mm3, widest, narrowest;
};

/* Bits of pixels, 64 of a row in a word; only pixels within the columns are ever set. Words that lie one
 * above the other follow one another, those beside each other lie a stride apart: shapes are narrow and
 * beads short, so that little memory is touched. marks: by row, a bit for each word that may hold any;
 * all others hold none. */
struct mask {
    uint64_t *bits, *marks;
};

/* words of bits, and marked words of marks, in a row. runs: 64 words of no bit, and from there on of as many as
 * they lie behind, at most all 64, MOST_RUNS in all. */
struct raster {
    double x, y, scale;
    int64_t rows, columns, words, stride, marked;
    uint64_t *runs;
};

#define MOST_RUNS 256

/* Cut of one plane; ends in mm, inside on the left. */
struct outline {
    double *x0, *y0, *x1, *y1;
    int64_t count;
};

/* A layer of the model: its outlines below and above the middle, and in pixels. Both masks have the marks
 * of either. INT64_MIN: of no layer. */
struct shape {
    int64_t cut, layer;
    struct outline below, above;
    struct mask both, either;
};

/* All words n of a row that are marked; marks: of the k-th 64 words. */
#define EACH_IN_ROW(raster, k, marks, n) \
    for (int64_t k = 0; k < (raster)->marked; k++) \
        for (uint64_t left_ = (marks); left_; left_ &= left_ - 1) \
            for (int64_t n = 64 * k + __builtin_ctzll(left_), once_ = 1; once_; once_ = 0)

/* All words n of a mask that are marked, row by row. */
#define EACH_WORD(raster, marks, n) \
    for (int64_t row_ = 0; row_ < (raster)->rows; row_++) \
        EACH_IN_ROW(raster, k_, (marks)[row_ * (raster)->marked + k_], word_) \
            for (int64_t n = word_ * (raster)->stride + row_, once = 1; once; once = 0)

/* deep: what the rule calls deep or more than that; where it is not apart, all of bits. */
struct hole {
    int64_t layer;                         /* INT64_MIN: none */
    int exact, empty, apart;
    struct mask bits, deep;
};

/* Lines by the cells that they touch: the last item of each, and the one before each; -1: none. */
struct item {
    int32_t line, next;
};

struct cells {
    double low_x, low_y, size, inverse, last_column, last_row;
    int64_t across, down, room;
    int32_t *head;
    struct item *items;
};

/* A segment of an outline: where it begins, its way, and one over the square of its length. */
struct side {
    double x, y, sx, sy, inverse;
};

#define NEAR_PIECES 5

/* Segments of an outline by the cells that they touch; and, made when first asked for, all that lie within
 * reach of any place of one cell, in single precision about its middle: NEAR_PIECES rows of as many numbers
 * (x, y, sx, sy, inverse), and which they are. */
struct sides {
    double low_x, low_y, reach;
    int64_t across, down, count, room;
    struct side *side;
    int32_t *start, *items;
    int32_t *near;                         /* by cell: where its list begins, -1 not made, -2 none */
    int32_t *listed, *last_cell;           /* lists: a count, then segments; by segment: cell it was put in */
    float *numbers;
    int64_t listed_used, numbers_used, near_room;
    int32_t hint;                          /* the segment found last, where the next search begins */
};

/* On the way through the cells about a place; a segment may come more than once. */
struct around {
    int64_t left, right, row, high;
    int32_t at, stop;
};

/* Fours of numbers for four segments: direction, the middle of each along and across it, half the
 * length. */
#define ROUGH_PIECES 5
#define ROUGH_FOLLOWS 1
#define ROUGH_SEEN 2

/* NaN gives the second. */
static inline double least(double one, double other) {
    return one < other ? one : other;
}

static inline double most(double one, double other) {
    return one > other ? one : other;
}

/* Steps from slot to slot of a table of the ends of so many segments. Ends that all lie in one place
 * would take the square of them. */
static inline int64_t most_probes(int64_t count) {
    return 64 * count + 4096;
}

/* A four of joined segments near a cell, and the one before it. */
struct near_four {
    const float *numbers;
    const struct near_four *next;
};

/* An outline in joined segments, up to four that follow one another in a four, and by cells the
 * fours within reach: see rough.c. */
struct rough {
    double low_x, low_y, reach;
    int64_t across, down, room, slots;
    struct outline joined;
    int32_t *next, *table;                 /* by segment, the one that follows; to find it */
    int32_t *part;                         /* by segment, the joined one that holds it */
    uint8_t *state;
    uint8_t *beside;                       /* by joined segment: lines run along it; outline.c */
    const struct near_four **head;         /* by cell, the last item */
    struct near_four *items;
    float *numbers;                        /* ROUGH_PIECES fours for each four of joined segments */
    int closed;                            /* every segment follows another one */
    int made;                              /* 1 made, -1 cannot be, 0 not yet */
};

/* How far mitres reach at the begin and end of each segment, and a table to find that. */
struct mitres {
    double *before, *after;
    int32_t *table;
    int64_t slots;                         /* a power of two above twice the segments */
    int known;
};

/* Part of a segment of an outline: the rows whose middles it crosses, and where; no slope where none. down: -1
 * where it goes to lower rows, else 0. begin, end: columns of the first and the last row. */
struct crossed {
    double x, y, slope;
    int32_t first, stop, down, begin, end;
};

/* By row, the columns where an outline crosses its middle. */
struct crossings {
    int32_t *start, *at;                   /* rows + 1; room */
};

/* The same as bits of columns, in words that lie as those of a mask, TURN_PIECES such masks one after the
 * other: where the section below begins, and that above; and where they end. marks: by row of tiles, words
 * that may hold any. All 0 between two layers. */
#define TURN_PIECES 4

struct turns {
    uint64_t *bits, *marks;
};

struct work {
    const struct model *model;
    const struct model_rules *rules;
    struct raster raster;
    struct outline below, above;           /* of layer own; INT64_MIN: of none */
    int64_t own;
    struct lines lines;
    int64_t shapes_count, quiet;           /* layers in which no pixels of another one were asked for */
    struct shape *shapes;
    struct hole holes[3];
    struct mask covered, a, b, c, d, rolled;
    int64_t drawn;                         /* whose beads covered holds; INT64_MIN: of none */
    struct crossings crossings[2];
    struct turns turns;
    int64_t crossing_room;
    int32_t *row_next;                     /* rows */
    struct crossed *crossed;               /* most_met */
    struct cells line_cells;
    struct rough rough[2];                 /* of below, above */
    struct sides sides[2];
    int sided[2];                          /* sides of below, above: 1 made, -1 cannot be, 0 not yet */
    struct mitres mitres[2];
    struct odd *odd;                       /* MOST_ODD */
    double *numbers;                       /* room for samples and fits */
    int64_t number_room;
    double *tile_plastic, *tile_large;     /* tile_columns by tile_rows; of large ones a word's width each */
    uint64_t *tile_marks;                  /* by row of tiles: words whose tiles may hold any plastic */
    int64_t tile_rows, tile_columns;
};

struct spot {
    double x, y;
};

/* Samples to be fitted: columns of count numbers each, room of them from one to the next, and a value for each
 * sample. What lies behind the last one is 0 and used by none, so that two and two come out even. */
struct samples {
    double *columns, *values;
    int64_t count, room;
    double *left, *some;                   /* how far each value lies off; room for all */
    int64_t *used, *first;                 /* -1 or 0; those that were used at first */
};

/* A place on no rung: whether surely so, the end of a run, and an end that has to hang together with a turn
 * if it is no sure border; the joint behind a line of a run; whether lines surely turn there or lead along a
 * border; whether it surely or perhaps lies at one; whether it is where its line ends. */
struct odd {
    struct spot spot;
    int32_t first, last, line;
    uint8_t off, stop, turning, asked, surely, maybe, at_end;
};

#define ROUGH_MM 0.015
#define MOST_LINE_CELLS 65536
#define MOST_CELLS 262144
#define MOST_ROUGH_CELLS 42025             /* 400 mm by 400 mm, and what is beside it */

/* Numbers that lay_samples wants. */
int64_t sample_room(int64_t count, int64_t width);
struct samples lay_samples(double *memory, int64_t count, int64_t width);
/* Trimmed least squares as fit.py has it, of 3 columns: 1 and the solution, 0 where there is none, -1 in
 * doubt. */
int trimmed(const struct samples *samples, const struct model_rules *rules, double *solved);
int cut_layer(const struct model *model, int64_t layer, double side, struct outline *below,
              struct outline *above);
double middle_of(const struct model_rules *rules, int64_t layer);
int lines_of(const struct model *model, int64_t layer, struct lines *out);

/* Marks the words that hold columns low to high of a row. */
static inline void mark_columns(const struct raster *raster, struct mask mask, int64_t row,
                                int32_t low, int32_t high) {
    int from = low >> 6, to = high >> 6;
    if (raster->marked == 1) {
        mask.marks[row] |= (~UINT64_C(0) << from) & (~UINT64_C(0) >> (63 - to));
        return;
    }
    for (int word = from; word <= to; word++) {
        mask.marks[row * raster->marked + (word >> 6)] |= UINT64_C(1) << (word & 63);
    }
}

/* The words of a raster's runs. */
void make_runs(uint64_t *runs);
/* Empties whatever memory holds. */
void wipe(const struct raster *raster, struct mask mask);
void clear(const struct raster *raster, struct mask mask);
/* Takes over the marks of another mask, before bits are set. */
void mark_as(const struct raster *raster, struct mask mask, const uint64_t *marks);
int fill_both(struct work *work, const struct outline *below, const struct outline *above,
              struct shape *shape);
void draw(const struct raster *raster, struct mask mask, double x0, double y0, double x1, double y1,
          double half, int joined);
void draw_lines(const struct raster *raster, struct mask mask, const struct lines *lines);
void draw_outline(const struct raster *raster, struct mask mask, const struct outline *outline,
                  double reach);
/* Whether a disc of radius pixels lies in the mask; 1 too where that would take too long to say. A disc
 * does not count whose middle is none for left_out; NULL: all count. */
int disc_fits_but(const struct raster *raster, struct mask mask, int64_t radius,
                  int (*left_out)(void *asked, int64_t row, int64_t column), void *asked);
int disc_fits(const struct raster *raster, struct mask mask, int64_t radius);
/* Whether the disc about one pixel lies in the mask. */
int disc_at(const struct raster *raster, struct mask mask, int64_t row, int64_t column,
            int64_t radius);
void grow(const struct raster *raster, struct mask mask, struct mask scratch, int64_t reach);
/* Whether the square of reach pixels about one pixel of the raster holds any of the mask. */
int near_set(const struct raster *raster, struct mask mask, int64_t row, int64_t column,
             int64_t reach);

/* The pixel that holds a place; 0 beside the grid, and for what is no number. */
static inline int pixel_set(const struct raster *raster, struct mask mask, double x, double y) {
    double column = (x - raster->x) * raster->scale, row = (y - raster->y) * raster->scale;
    if (!(column >= 0 && row >= 0 && column < (double)raster->columns &&
          row < (double)raster->rows)) {
        return 0;
    }
    int64_t at = (int64_t)column;
    return (int)(mask.bits[(at >> 6) * raster->stride + (int64_t)row] >> (at & 63)) & 1;
}

#define MOST_FOUND 8

/* Pixels of both parts of the border of a layer that were found last. */
struct met {
    int32_t inner_row, inner_column, other_row, other_column;
};

#define MOST_ABOUT 32

/* A pixel left out, and the square of how far about it all are, in pixels. */
struct about {
    int64_t row, column;
    double square;
};

/* What of the deep pixels of the layer at hand the rule leaves out: see beside.c. */
struct left_out {
    struct work *work;
    struct about about[MOST_ABOUT];        /* the one found last, by words of columns */
    struct met met[3][MOST_FOUND];         /* of this layer, and of the two before it */
    int32_t met_count[3], searched;
    int64_t asked, earlier;                /* middles, and of these about layers before */
    struct mask bare;                      /* where no disc of bare_px may fit at all */
    int64_t bare_px;                       /* 0: that has been looked at */
    int open;                              /* one fits */
};

/* Whether a pixel is surely no deep one of the layer at hand: struct left_out. Sets open. */
int surely_left_out(void *asked, int64_t row, int64_t column);
/* Whether it is none of this layer, or none of one of the two before it. */
int left_out_of_three(void *asked, int64_t row, int64_t column);

struct shape *shape_at(struct work *work, int64_t layer);
/* The same with its outlines only. */
struct shape *cut_at(struct work *work, int64_t layer);
int cover_layer(struct work *work, int64_t layer);
int section_in_order(const struct work *work, int64_t layer);
int lines_inside(const struct work *work, struct mask both);
int outline_walled(struct work *work);
int flow_level(const struct work *work, int64_t layer);
int sample_layer(struct work *work, int64_t layer);
int printed_once(struct work *work, int64_t layer);
/* The lines nearest to a place: least and most of how far too far inside they run. */
struct nearest {
    double square, low, high;
};

/* Sorts the lines of the layer at hand. 0: too many for the memory. */
int sort_lines(struct work *work);
/* Of those: wide 0: the middle of the line counts, 1: its nearer edge; nx, ny: the way out. */
struct nearest nearest_to(const struct work *work, double px, double py, double nx, double ny,
                          double wide);
/* The outline of the layer at hand below (0) or above (1) its middle; NULL: too many segments, or none. */
struct sides *sides_of(struct work *work, int above);
/* The same roughly; NULL: it cannot be. */
const struct rough *rough_of(struct work *work, int above);
/* Square of the distance to the outline; its root is off by less than ROUGH_MM where it is below reach. */
float rough_square(const struct rough *rough, double px, double py);
/* Distance to the nearest segment; no number where sides is NULL. Leaves the segment in hint. */
double depth_of(struct sides *sides, double px, double py);
/* Segments that may lie within reach of a place, one after the other; -1 at the end. */
struct around sides_near(const struct sides *sides, double px, double py, double reach);
int32_t next_near(const struct sides *sides, struct around *around);
double square_to(double px, double py, double x0, double y0, double x1, double y1);
void roughly_along(struct work *work, double reach, struct mask out);
/* About corners that point into the part; see mitres.c. */
void find_mitres(struct mitres *mitres, const struct outline *outline);
int on_mitre(const struct outline *outline, struct sides *sides, int64_t n, int begins,
             struct spot spot, double low, double high);
/* Says of places where fills may end in a solid part of PrusaSlicer. crossed: whether outlines of layers from
 * bottom + 1 below to top + 1 above may lie in the area to fill. 0: doubt. */
int find_borders(struct work *work, int64_t layer, const uint8_t *crossed, struct odd *odd,
                 int64_t count);
/* Whether of these places in a layer no end of a run may face another one over a bare stretch. */
int surely_no_cut(const struct work *work, const struct shape *shape, const struct odd *odd,
                  int64_t count);
int places_in_order(struct work *work, int64_t layer);

#endif
