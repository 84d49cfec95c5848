/* Layers of a model one after the other: memory, and the order of the checks. */
#include "model.h"

#include <math.h>
#include <string.h>

#define MOST_MEMORY (INT64_C(1) << 31)

static int is_count(int64_t value, int64_t most) {
    return value >= 0 && value <= most;
}

/* Whether lengths and numbers of the task lie within what the kernel takes. */
static int is_task(const struct model *model) {
    const struct model_rules *rules = model->rules;
    return is_count(model->triangle_count, INT32_MAX) && is_count(model->order_count, INT32_MAX) &&
           is_count(model->model_layers, INT32_MAX) && is_count(model->layer_count, INT32_MAX) &&
           is_count(model->most_met, INT32_MAX) && is_count(model->printed_count, INT32_MAX) &&
           is_count(model->most_printed, INT32_MAX) && is_count(rules->rows, 1 << 20) &&
           is_count(rules->columns, 64 * 256 - 64) && rules->rows > 0 && rules->columns > 0 &&
           is_count(rules->top, MOST_SHAPES) && is_count(rules->bottom, MOST_SHAPES) &&
           is_count(rules->border, MOST_REACH_PX) && is_count(rules->cut_steps, 4096) &&
           is_count(rules->fit_samples, 4096) && is_count(rules->outline_samples, 4096) &&
           rules->pixels_per_mm > 0 && rules->layer_height > 0 && rules->first_height > 0;
}

/* Hands out memory, 64 bytes evenly; only counts where there is none. */
struct arena {
    uint8_t *base;
    int64_t used, room;
};

static void *take(struct arena *arena, int64_t count, int64_t size) {
    int64_t at = (arena->used + 63) / 64 * 64;
    if (count < 0 || size <= 0 || count > MOST_MEMORY / size || at > MOST_MEMORY) {
        arena->used = MOST_MEMORY + 1;
        return NULL;
    }
    arena->used = at + count * size;
    return arena->base != NULL && arena->used <= arena->room ? arena->base + at : NULL;
}

static double *numbers(struct arena *arena, int64_t count) {
    return take(arena, count, sizeof(double));
}

static struct outline outline_in(struct arena *arena, int64_t most) {
    return (struct outline){.x0 = numbers(arena, most),
                            .y0 = numbers(arena, most),
                            .x1 = numbers(arena, most),
                            .y1 = numbers(arena, most)};
}

static struct mask mask_in(struct arena *arena, const struct raster *raster) {
    return (struct mask){take(arena, raster->stride * raster->words, sizeof(uint64_t)),
                         take(arena, raster->rows * raster->marked, sizeof(uint64_t))};
}

static void cells_in(struct cells *cells, struct arena *arena, int64_t most) {
    cells->room = 16 * most + 16384;
    cells->items = take(arena, cells->room, sizeof(struct item));
    cells->head = take(arena, MOST_LINE_CELLS, sizeof(int32_t));
}

/* Walls and ends are looked for as far in as the deepest may lie, but no less than at_least, and some spare. */
static double reach_of(const struct model_rules *rules, double at_least, double spare) {
    double deepest = at_least;
    for (int kind = 0; kind < 2; kind++) {
        for (int64_t k = 0; k < rules->place_wall_count[kind] && k < MOST_WALLS; k++) {
            deepest = fmax(deepest, rules->place_walls[kind][k]);
        }
        for (int64_t k = 0; k < rules->place_end_count[kind] && k < MOST_ENDS; k++) {
            deepest = fmax(deepest, rules->place_ends[kind][k][1]);
        }
    }
    return fmin(deepest + spare, 2.5);
}

static void sides_in(struct sides *sides, struct arena *arena, int64_t most, double reach) {
    sides->count = 0;
    sides->reach = reach;
    sides->near = take(arena, MOST_CELLS, sizeof(int32_t));
    sides->near_room = 24 * most + 4096;
    sides->listed = take(arena, 2 * sides->near_room, sizeof(int32_t));
    sides->numbers = take(arena, NEAR_PIECES * sides->near_room, sizeof(float));
    sides->last_cell = take(arena, most + 1, sizeof(int32_t));
    sides->room = 16 * most + 16384;
    sides->side = take(arena, most + 1, sizeof(struct side));
    sides->items = take(arena, sides->room, sizeof(int32_t));
    sides->start = take(arena, MOST_CELLS + 2, sizeof(int32_t));
}

static void rough_in(struct rough *rough, struct arena *arena, int64_t most, double reach) {
    rough->reach = reach;
    rough->room = 16 * most + 4 * MOST_ROUGH_CELLS;
    rough->joined = outline_in(arena, most + 1);
    rough->next = take(arena, most + 1, sizeof(int32_t));
    rough->part = take(arena, most + 1, sizeof(int32_t));
    rough->state = take(arena, most + 1, 1);
    rough->beside = take(arena, most + 1, 1);
    rough->slots = 16;
    while (rough->slots < 2 * most + 2) {
        rough->slots *= 2;
    }
    rough->table = take(arena, rough->slots, sizeof(int32_t));
    rough->head = take(arena, MOST_ROUGH_CELLS, sizeof(void *));
    rough->items = take(arena, rough->room, sizeof(struct near_four));
    rough->numbers = take(arena, ROUGH_PIECES * 4 * (most + 1), sizeof(float));
}

#define MOST_MASKS 6

static void masks_of(struct work *work, struct mask *masks[MOST_MASKS]) {
    struct mask *all[] = {&work->covered, &work->a, &work->b, &work->c, &work->d, &work->rolled};
    memcpy(masks, all, sizeof all);
}

static void wipe_all(struct work *work) {
    struct mask *masks[MOST_MASKS];
    masks_of(work, masks);
    for (int k = 0; k < MOST_MASKS; k++) {
        wipe(&work->raster, *masks[k]);
    }
    memset(work->turns.bits, 0,
           (size_t)(TURN_PIECES * work->raster.stride * work->raster.words) * sizeof(uint64_t));
    memset(work->turns.marks, 0, (size_t)work->raster.rows * sizeof(uint64_t));
    for (int k = 0; k < 3; k++) {
        wipe(&work->raster, work->holes[k].bits);
        wipe(&work->raster, work->holes[k].deep);
    }
    for (int64_t k = 0; k < work->shapes_count; k++) {
        wipe(&work->raster, work->shapes[k].both);
        wipe(&work->raster, work->shapes[k].either);
    }
    memset(work->tile_plastic, 0,
           (size_t)(work->tile_columns * (work->tile_rows + 1) + 1) * sizeof(double));
    memset(work->tile_marks, 0, (size_t)(work->tile_rows * work->raster.marked) * sizeof(uint64_t));
    make_runs(work->raster.runs);
}

static void lay_out(struct work *work, const struct model *model, struct arena *arena) {
    const struct model_rules *rules = model->rules;
    int64_t most = model->most_printed, words = (rules->columns + 63) / 64;
    work->model = model;
    work->rules = rules;
    work->raster = (struct raster){.x = rules->grid_x,
                                   .y = rules->grid_y,
                                   .scale = rules->pixels_per_mm,
                                   .rows = rules->rows,
                                   .columns = rules->columns,
                                   .words = words,
                                   /* No power of two: neighbours would drive each other out. */
                                   .stride = (rules->rows + 7) / 8 * 8 + 8,
                                   .marked = (words + 63) / 64};
    work->raster.stride += work->raster.stride % 64 == 0 ? 8 : 0;
    work->raster.runs = take(arena, MOST_RUNS, sizeof(uint64_t));
    work->lines = (struct lines){.x0 = numbers(arena, most),
                                 .y0 = numbers(arena, most),
                                 .x1 = numbers(arena, most),
                                 .y1 = numbers(arena, most),
                                 .width = numbers(arena, most),
                                 .flow = numbers(arena, most),
                                 .volume = numbers(arena, most),
                                 .length = numbers(arena, most),
                                 .joined = take(arena, most, 1)};
    /* The rule over three layers looks at two before; skins at those about them, and one layer more. */
    work->shapes_count = rules->one_fill ? 3 : rules->top + rules->bottom + 5;
    work->quiet = work->shapes_count;
    work->shapes = take(arena, work->shapes_count, sizeof(struct shape));
    for (int64_t k = 0; k < work->shapes_count; k++) {
        struct mask both = mask_in(arena, &work->raster), either = both;
        either.bits = take(arena, work->raster.stride * words, sizeof(uint64_t));
        struct outline below = outline_in(arena, model->most_met + 1);
        struct outline above = outline_in(arena, model->most_met + 1);
        if (work->shapes != NULL) {
            work->shapes[k] = (struct shape){INT64_MIN, INT64_MIN, below, above, both, either};
        }
    }
    for (int k = 0; k < 3; k++) {
        work->holes[k].layer = INT64_MIN;
        work->holes[k].bits = mask_in(arena, &work->raster);
        work->holes[k].deep = mask_in(arena, &work->raster);
    }
    struct mask *masks[MOST_MASKS];
    masks_of(work, masks);
    for (int k = 0; k < MOST_MASKS; k++) {
        *masks[k] = mask_in(arena, &work->raster);
    }
    work->turns = (struct turns){
        .bits = take(arena, TURN_PIECES * work->raster.stride * words, sizeof(uint64_t)),
        .marks = take(arena, rules->rows, sizeof(uint64_t))};
    work->crossing_room = 64 * rules->rows + 4096;
    for (int k = 0; k < 2; k++) {
        work->crossings[k].start = take(arena, rules->rows + 1, sizeof(int32_t));
        work->crossings[k].at = take(arena, work->crossing_room, sizeof(int32_t));
    }
    work->row_next = take(arena, rules->rows, sizeof(int32_t));
    work->crossed = take(arena, model->most_met, sizeof(struct crossed));
    cells_in(&work->line_cells, arena, most);
    for (int side = 0; side < 2; side++) {
        struct mitres *mitres = &work->mitres[side];
        sides_in(&work->sides[side], arena, model->most_met,
                 reach_of(rules, fmax(rules->beyond_walls, 0.4), 0.1));
        rough_in(&work->rough[side], arena, model->most_met,
                 reach_of(rules, 0.4, fmax(rules->place_end, rules->place_wall)));
        mitres->before = numbers(arena, model->most_met + 1);
        mitres->after = numbers(arena, model->most_met + 1);
        mitres->slots = 16;
        while (mitres->slots < 2 * model->most_met + 2) {
            mitres->slots *= 2;
        }
        mitres->table = take(arena, mitres->slots, sizeof(int32_t));
    }
    /* Lengths of an outline and its samples; or columns, values and memory of a fit. */
    int64_t sampled = model->most_met + 1 + 2 * rules->outline_samples;
    int64_t fitted = sample_room(2 * rules->fit_samples, 3);
    work->number_room = sampled > fitted ? sampled : fitted;
    work->numbers = numbers(arena, work->number_room);
    work->odd = take(arena, MOST_ODD, sizeof(struct odd));
    work->tile_rows = (rules->rows + TILE_PX - 1) / TILE_PX;
    work->tile_columns = words * (64 / TILE_PX);
    /* A row and a tile more, which take nothing but 0: see twice.c. */
    work->tile_plastic = numbers(arena, work->tile_columns * (work->tile_rows + 1) + 1);
    work->tile_large = numbers(arena, words * work->tile_rows);
    work->tile_marks = take(arena, work->tile_rows * work->raster.marked, sizeof(uint64_t));
}

int64_t mdps_model_room(const struct model *model) {
    struct work work;
    struct arena arena = {NULL, 0, 0};
    if (!is_task(model)) {
        return -1;
    }
    lay_out(&work, model, &arena);
    return arena.used <= MOST_MEMORY ? arena.used : -1;
}

/* The shift of a layer, from the samples of both sides, as fit._check_layer. */
static int layer_placed(struct work *work, int64_t layer) {
    const struct model *model = work->model;
    const struct model_rules *rules = work->rules;
    int64_t count = 2 * rules->fit_samples, at = layer * count;
    struct samples samples = lay_samples(work->numbers, count, 3);
    double solved[4];
    for (int64_t n = 0; n < count; n++) {
        samples.columns[n] = 1;
        samples.columns[samples.room + n] = -model->fit_normals[2 * (at + n)];
        samples.columns[2 * samples.room + n] = -model->fit_normals[2 * (at + n) + 1];
        samples.values[n] = model->fit_insets[at + n];
    }
    int made = trimmed(&samples, rules, solved);
    if (made != 1) {
        return made == 0;
    }
    return sqrt(solved[1] * solved[1] + solved[2] * solved[2]) < rules->layer_shift - MARGIN;
}

static int look_at_layer(struct work *work, int64_t layer, int report) {
    struct shape *cut = cut_at(work, layer);
    int sure = 0;
    work->own = work->drawn = INT64_MIN;
    work->sided[0] = work->sided[1] = 0;
    work->rough[0].made = work->rough[1].made = 0;
    if (cut == NULL || !lines_of(work->model, layer, &work->lines)) {
        work->holes[layer % 3].layer = INT64_MIN;
        return 0;
    }
    work->below = cut->below;
    work->above = cut->above;
    work->own = layer;
    if (cover_layer(work, layer) && (!report || printed_once(work, layer))) {
        sure |= SURE_COVERED;
    }
    if (!report) {
        return sure;
    }
    struct shape *shape = shape_at(work, layer);
    if (flow_level(work, layer)) {
        sure |= SURE_FLOW;
    }
    if (sample_layer(work, layer)) {
        sure |= SURE_SAMPLED;
        if (work->rules->fit_samples == 0 || layer_placed(work, layer)) {
            sure |= SURE_PLACED;
        }
    }
    if (section_in_order(work, layer)) {
        sure |= SURE_SECTION;
        /* Only there do all lines lie within reach of the section. */
        if (shape != NULL && places_in_order(work, layer)) {
            sure |= SURE_PLACES;
        }
        if (shape != NULL && lines_inside(work, shape->both)) {
            sure |= SURE_INSIDE;
        }
        if (sure & SURE_SAMPLED && shape != NULL && outline_walled(work)) {
            sure |= SURE_WALLED;
        }
    }
    return sure;
}

int64_t mdps_layers(const struct model *model, int64_t begin, int64_t end, void *memory,
                    int64_t room) {
    struct work work;
    /* Whoever hands it over need not know that vectors lie evenly; 64 bytes more than the room do for it. */
    int64_t aside = (int64_t)(-(uintptr_t)memory & 63);
    struct arena arena = {memory != NULL ? (uint8_t *)memory + aside : NULL, 0, room - aside};
    if (!is_task(model) || begin < 0 || end > model->layer_count) {
        return 0;
    }
    lay_out(&work, model, &arena);
    if (memory == NULL || arena.used > arena.room || arena.used > MOST_MEMORY) {
        return 0;
    }
    wipe_all(&work);
    for (int64_t layer = begin > 2 ? begin - 2 : 0; layer < end; layer++) {
        int sure = look_at_layer(&work, layer, layer >= begin);
        if (layer >= begin) {
            model->sure[layer] = (uint8_t)sure;
        }
    }
    return 1;
}

int64_t mdps_model_size(int64_t which) {
    static const int64_t sizes[] = {sizeof(struct model_rules), sizeof(struct model)};
    return which >= 0 && which < 2 ? sizes[which] : 0;
}
