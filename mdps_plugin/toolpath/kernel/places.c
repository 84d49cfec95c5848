/* deep_ends.py for one layer: walls run at their depth inside the outline, and filling lines end at
 * theirs, or where they may end elsewhere. */
#include "rough.h"

#include <math.h>

/* Places that need a closer look; with more the layer is left to the rule. */
#define MOST_SEARCHED 50000
/* Of those, held against every layer of a skin. */
#define MOST_AT_OTHERS 5000
/* Pairs of lines about a joint. */
#define MOST_TURN_PAIRS 4096

/* Depths from and to which a line may lie; low and high: the same as squares, drawn in by what a
 * rough depth may be off, four at a time. mitred: about a corner a place has to lie on the mitre
 * itself. */
struct rungs {
    const double (*steps)[2];
    int64_t count;
    int mitred;
    double spare, far;
    int64_t fours;
    four low[MOST_WALLS / 4], high[MOST_WALLS / 4];
};

/* ceil of what is no less than -1 and below 2^31. */
static inline double whole_up(double value) {
    double whole = (double)(int32_t)value;
    return whole < value ? whole + 1 : whole;
}

/* Whether a place surely lies at a depth that it may have, on one side of the middle. */
static int on_rung(struct work *work, int above, struct spot spot, double depth,
                   const struct rungs *rungs, int64_t *searched) {
    struct sides *sides = sides_of(work, above);
    const struct outline *outline = above ? &work->above : &work->below;
    struct mitres *mitres = &work->mitres[above];
    if (sides == NULL) {
        return 0;
    }
    int deeper = 0;
    for (int64_t k = 0; k < rungs->count; k++) {
        if (depth < rungs->steps[k][0] - rungs->spare + MARGIN) {
            continue;
        }
        if (depth <= rungs->steps[k][1] + rungs->spare - MARGIN) {
            return 1;
        }
        deeper = 1;
    }
    if (!deeper || !(depth <= rungs->far - MARGIN) || ++*searched > MOST_ODD) {
        return 0;
    }
    if (!mitres->known) {
        find_mitres(mitres, outline);
    }
    struct around around = sides_near(sides, spot.x, spot.y, rungs->far);
    for (int32_t n; (n = next_near(sides, &around)) >= 0;) {
        double x0 = outline->x0[n], y0 = outline->y0[n], x1 = outline->x1[n], y1 = outline->y1[n];
        double gap = sqrt(square_to(spot.x, spot.y, x0, y0, x1, y1));
        if (gap > rungs->far - MARGIN) {
            continue;
        }
        double share = (spot.x - x0) * (x1 - x0) + (spot.y - y0) * (y1 - y0);
        double whole = (x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0);
        double mitre = share <= 0       ? mitres->before[n]
                       : share >= whole ? mitres->after[n]
                                        : 1.0;
        for (int64_t k = 0; mitre > 1.0 && k < rungs->count; k++) {
            double low = rungs->steps[k][0] - rungs->spare + MARGIN;
            double high = rungs->steps[k][1] + rungs->spare - MARGIN;
            if (depth >= low &&
                gap <= rungs->steps[k][1] * mitre + rungs->spare - MARGIN &&
                (!rungs->mitred ||
                 on_mitre(outline, sides, n, share <= 0, spot, low, high))) {
                return 1;
            }
        }
    }
    return 0;
}

/* One side of the middle will do; a place outside the section is none of this rule's. */
static int stands(struct work *work, const struct shape *shape, struct spot spot,
                  const struct rungs *rungs, int64_t *searched) {
    return on_rung(work, 0, spot, depth_of(sides_of(work, 0), spot.x, spot.y), rungs, searched) ||
           on_rung(work, 1, spot, depth_of(sides_of(work, 1), spot.x, spot.y), rungs, searched) ||
           !pixel_set(&work->raster, shape->either, spot.x, spot.y);
}

/* Rungs that lie beyond what a rough depth reaches are met by none; so is any without a rough
 * outline. */
static void find_near(struct rungs *rungs, const struct rough *rough) {
    rungs->fours = rough != NULL ? (rungs->count + 3) / 4 : 0;
    for (int64_t k = 0; k < 4 * rungs->fours; k++) {
        int64_t step = k < rungs->count ? k : 0;
        double low = rungs->steps[step][0] - rungs->spare + ROUGH_MM;
        double high = rungs->steps[step][1] + rungs->spare - ROUGH_MM;
        int told = low > 0 && high > 0 && high < rough->reach;
        rungs->low[k / 4][k % 4] = told ? (float)(low * low) : 1;
        rungs->high[k / 4][k % 4] = told ? (float)(high * high) : 0;
    }
}

/* Whether a place this far from the outline, roughly, surely lies on a rung. */
static inline int on_fours(four square, const struct rungs *rungs) {
    four_flags on = (square >= rungs->low[0]) & (square <= rungs->high[0]);
    for (int64_t k = 1; k < rungs->fours; k++) {
        on |= (square >= rungs->low[k]) & (square <= rungs->high[k]);
    }
    return bits_of(on) != 0;
}

/* Whether a place surely lies on a rung, told roughly on the lower side. */
static inline int roughly_stands(const struct rough *rough, struct spot spot,
                                 const struct rungs *rungs) {
    return rungs->fours > 0 && on_fours(square_within(rough, spot.x, spot.y), rungs);
}

/* Whether the way straight on from an end surely leads nearer to a wall, not too near, and away again: as
 * grazing.py, on either side of the middle. */
static int grazes(struct work *work, struct spot spot, double ahead_x, double ahead_y,
                  double least_mm, double back_mm) {
    const struct model_rules *rules = work->rules;
    for (int side = 0; side < 2; side++) {
        struct sides *sides = sides_of(work, side);
        double before = depth_of(sides, spot.x, spot.y);
        int grazing = 1;
        for (int64_t step = 1; grazing && step <= rules->graze_steps; step++) {
            double way = (double)step * rules->graze_every;
            double x = spot.x + way * ahead_x, y = spot.y + way * ahead_y;
            double here = depth_of(sides, x, y);
            grazing = step > 1 || here < before - MARGIN;
            if (grazing && here > before + MARGIN && here >= back_mm + MARGIN) {
                return 1;
            }
            grazing = grazing && here >= least_mm + MARGIN;
            before = here;
        }
        if (grazing) {
            return 1;
        }
    }
    return 0;
}

/* Of count places that lie evenly from behind the begin of a line to its end, the first one, from this one on, that
 * may lie on no rung; count + 1: there is none. Where both ends lie in cells, by more than roundings, all places
 * do; they are off by roundings alone, which is nothing to ROUGH_MM. */
static int64_t roughly_along_rungs(const struct rough *rough, const struct lines *lines, int64_t line,
                                   int64_t first, int64_t count, const struct rungs *rungs) {
    if (rungs->fours == 0) {
        return first;
    }
    const two_whole cells = {(int32_t)rough->across, (int32_t)rough->down};
    couple low = {rough->low_x, rough->low_y};
    couple begin = (couple){lines->x0[line], lines->y0[line]} - low;
    couple end = (couple){lines->x1[line], lines->y1[line]} - low;
    couple in = lower_of(begin, end), out = higher_of(begin, end);
    two_whole most = __builtin_convertvector(out * (1 / ROUGH_CELL_MM) + MARGIN, two_whole);
    if (!(in[0] >= 0) || !(in[1] >= 0) || !(out[0] < MOST_MM) || !(out[1] < MOST_MM) ||
        most[0] >= cells[0] || most[1] >= cells[1]) {
        return first;
    }
    couple step = (end - begin) / (double)count;
    for (; first <= count; first++) {
        couple place = begin + step * (double)first;
        two_whole cell = __builtin_convertvector(place * (1 / ROUGH_CELL_MM), two_whole);
        const struct near_four *list = rough->head[cell[1] * cells[0] + cell[0]];
        if (!on_fours(square_among(list, (float)place[0], (float)place[1]), rungs)) {
            break;
        }
    }
    return first;
}

static int wall_stands(struct work *work, const struct shape *shape, const struct rough *rough,
                       int64_t line, const struct rungs *rungs, int64_t *searched) {
    const struct lines *lines = &work->lines;
    double steps = lines->length[line] / work->rules->place_every;
    if (!(steps < 1e6)) {
        return 0;
    }
    /* Where a rounding tells how many places there are, both are looked at. */
    int64_t most = (int64_t)whole_up(steps + 1e-9) + 1;
    for (int64_t count = (int64_t)whole_up(steps - 1e-9) + 1; count <= most; count++) {
        int64_t k = 1;
        while ((k = roughly_along_rungs(rough, lines, line, k, count, rungs)) <= count) {
            double x0 = lines->x0[line], y0 = lines->y0[line];
            double x1 = lines->x1[line], y1 = lines->y1[line], share = (double)k / (double)count;
            struct spot spot = {x0 + share * (x1 - x0), y0 + share * (y1 - y0)};
            spot = k < count ? spot : (struct spot){x1, y1};
            if (!stands(work, shape, spot, rungs, searched)) {
                return 0;
            }
            k++;
        }
    }
    return 1;
}

/* Little room about a place: all around it the outline is near, on both sides of the middle. */
static int is_narrow(struct work *work, struct spot spot, double room) {
    const struct model_rules *rules = work->rules;
    double radius = rules->place_room - rules->place_end, turn = 2 * 3.14159265358979323846;
    for (int64_t k = 0; k < rules->place_around; k++) {
        double angle = turn * (double)k / (double)rules->place_around;
        double x = spot.x + radius * cos(angle), y = spot.y + radius * sin(angle);
        for (int side = 0; side < 2; side++) {
            if (!(depth_of(sides_of(work, side), x, y) <= room - MARGIN)) {
                return 0;
            }
        }
    }
    return 1;
}

/* CuraEngine: a skin meets other infill at a depth inside the outline of a layer nearby. */
static int at_other_wall(struct work *work, int64_t layer, struct spot spot,
                         const struct rungs *rungs) {
    const struct model_rules *rules = work->rules;
    for (int64_t step = -rules->bottom; step <= rules->top; step++) {
        const struct shape *cut = step ? cut_at(work, layer + step) : NULL;
        if (step && cut == NULL) {
            return 0;
        }
        for (int side = 0; step && side < 2; side++) {
            const struct outline *outline = side ? &cut->above : &cut->below;
            double square = INFINITY;
            for (int64_t n = 0; n < outline->count; n++) {
                double here = square_to(spot.x, spot.y, outline->x0[n], outline->y0[n],
                                        outline->x1[n], outline->y1[n]);
                square = here < square ? here : square;
            }
            double depth = sqrt(square);
            if (depth >= rungs->steps[0][0] - rungs->spare + MARGIN &&
                depth <= rungs->steps[0][1] + rungs->spare - MARGIN) {
                return 1;
            }
        }
    }
    return 0;
}

/* Any bit within a square of reach pixels to each side of a place on the raster. */
static int near_bit(const struct raster *raster, struct mask mask, struct spot spot,
                    int64_t reach) {
    double x = (spot.x - raster->x) * raster->scale, y = (spot.y - raster->y) * raster->scale;
    return x >= 0 && y >= 0 && x < (double)raster->columns && y < (double)raster->rows &&
           near_set(raster, mask, (int64_t)y, (int64_t)x, reach);
}

/* PrusaSlicer: what layers nearby surely leave open of the filled area; of a solid part, by layer, whether
 * one leaves part of it open. Uses a and b; 0: doubt. */
static int find_skins(struct work *work, int64_t layer, double deepest, uint8_t *crossed) {
    const struct model_rules *rules = work->rules;
    const struct raster *raster = &work->raster;
    struct mask near = work->a, open = work->b;
    roughly_along(work, deepest, near);
    clear(raster, open);
    struct shape *own = shape_at(work, layer);
    if (own == NULL) {
        return 0;
    }
    mark_as(raster, open, own->both.marks);
    for (int64_t step = -rules->bottom - 1; step <= rules->top + 1; step++) {
        struct shape *other = shape_at(work, layer + step), *shape = shape_at(work, layer);
        uint64_t bare = 0, covered = 0;
        if (other == NULL || shape == NULL || other->layer != layer + step) {
            return 0;
        }
        if (step == 0) {
            continue;
        }
        EACH_WORD(raster, shape->both.marks, n) {
            uint64_t filled = shape->both.bits[n] & ~near.bits[n];
            bare |= filled & ~other->both.bits[n];
            covered |= filled & other->either.bits[n];
        }
        crossed[step + rules->bottom + 1] = bare && covered;
        if (!bare || rules->solid) {
            continue;
        }
        EACH_WORD(raster, shape->both.marks, n) {
            open.bits[n] |= shape->both.bits[n] & ~near.bits[n] & ~other->both.bits[n];
        }
    }
    return 1;
}

/* Whether a depth surely lies on no rung, corners aside. */
static int off_rungs(double depth, const struct rungs *rungs) {
    for (int64_t k = 0; k < rungs->count; k++) {
        if (depth >= rungs->steps[k][0] - rungs->spare - MARGIN &&
            depth <= rungs->steps[k][1] + rungs->spare + MARGIN) {
            return 0;
        }
    }
    return 1;
}

/* Whether the end of a run surely lies on a line that leads along a border, as deep_ends.py has it: so long,
 * and its other end at no depth of ends. */
static int surely_leads(struct work *work, const double *link, int64_t line, int at_end,
                        const struct rungs *rungs) {
    const struct lines *lines = &work->lines;
    double length = lines->length[line];
    if (!(length >= link[0] + MARGIN && length <= link[1] - MARGIN)) {
        return 0;
    }
    double x = at_end ? lines->x0[line] : lines->x1[line];
    double y = at_end ? lines->y0[line] : lines->y1[line];
    return off_rungs(depth_of(sides_of(work, 0), x, y), rungs) &&
           off_rungs(depth_of(sides_of(work, 1), x, y), rungs);
}

/* Whether a line is surely as long as those of a turn, or shorter with this end of it at the depth of
 * filling lines. */
static int makes_turn(struct work *work, int64_t line, struct spot end, const struct rungs *rungs,
                      int stop) {
    int64_t told = stop && rungs->mitred ? 1 : rungs->count;
    const struct model_rules *rules = work->rules;
    double length = work->lines.length[line];
    if (length >= rules->turn_line + MARGIN) {
        return 1;
    }
    for (int side = 0; side < 2 && length >= rules->turn_stub + MARGIN; side++) {
        double depth = depth_of(sides_of(work, side), end.x, end.y);
        for (int64_t k = 0; k < told; k++) {
            if (depth >= rungs->steps[k][0] - rungs->spare + MARGIN &&
                depth <= rungs->steps[k][1] + rungs->spare - MARGIN) {
                return 1;
            }
        }
    }
    return 0;
}

/* Whether the joint behind a line of an open run surely lies within a turn: as linked.py, between two
 * lines of which the other runs back beside the one. */
static int surely_turns(struct work *work, int64_t first, int64_t last, int64_t line,
                        const struct rungs *rungs) {
    const struct model_rules *rules = work->rules;
    const struct lines *lines = &work->lines;
    double most = rules->turn_way - MARGIN, before = 0;
    int64_t pairs = 0;
    for (int64_t one = line; one >= first && before <= most; before += lines->length[one--]) {
        if (!makes_turn(work, one, (struct spot){lines->x0[one], lines->y0[one]}, rungs, one == first)) {
            continue;
        }
        double x = lines->x1[one], y = lines->y1[one], length = lines->length[one], way = before;
        double along_x = (x - lines->x0[one]) / length, along_y = (y - lines->y0[one]) / length;
        for (int64_t other = line + 1; other <= last && way <= most;
             way += lines->length[other++]) {
            if (++pairs > MOST_TURN_PAIRS) {
                return 0;
            }
            double x0 = lines->x0[other], y0 = lines->y0[other];
            double x1 = lines->x1[other], y1 = lines->y1[other];
            double aside = fabs(along_x * (y0 - y) - along_y * (x0 - x));
            double back = along_x * (x1 - x0) + along_y * (y1 - y0);
            if (back < (rules->turn_back - MARGIN) * lines->length[other] &&
                aside >= rules->turn_aside * lines->width[one] + MARGIN &&
                makes_turn(work, other, (struct spot){x1, y1}, rungs, other == last)) {
                return 1;
            }
        }
    }
    return 0;
}

/* Whether all ends that are asked for hang together with a turn, over ends and turns that are surely
 * off. Changes their order: those that are linked come first. */
static int all_linked(struct work *work, const struct rungs *rungs, struct odd *odd, int64_t count) {
    double link = work->rules->place_link;
    int64_t linked = 0, asked = 0;
    for (int64_t n = 0; n < count; n++) {
        asked += odd[n].asked;
    }
    for (int64_t n = 0; asked && n < count; n++) {
        if (odd[n].off && !odd[n].stop &&
            surely_turns(work, odd[n].first, odd[n].last, odd[n].line, rungs)) {
            struct odd turn = odd[n];
            odd[n] = odd[linked];
            odd[linked++] = turn;
        }
    }
    for (int64_t from = 0; from < linked; from++) {
        for (int64_t n = linked; n < count; n++) {
            if (!(fabs(odd[n].spot.x - odd[from].spot.x) < link - MARGIN &&
                  fabs(odd[n].spot.y - odd[from].spot.y) < link - MARGIN)) {
                continue;
            }
            odd[n].asked = 0;
            if (odd[n].off && odd[n].stop) {
                struct odd end = odd[n];
                odd[n] = odd[linked];
                odd[linked++] = end;
            }
        }
    }
    for (int64_t n = linked; n < count; n++) {
        if (odd[n].asked) {
            return 0;
        }
    }
    return 1;
}

/* 1: surely nothing to find. */
int places_in_order(struct work *work, int64_t layer) {
    const struct model_rules *rules = work->rules;
    const struct lines *lines = &work->lines;
    int kind = layer ? 1 : 0, known = 0;
    int64_t first = 0, searched = 0, at_others = 0, odd_count = 0, bordered = 0;
    int64_t grazing = 0;
    uint8_t crossed[2 * MOST_SHAPES + 4] = {0};
    struct odd *odd = work->odd;
    struct shape *shape = shape_at(work, layer);
    if (rules->place_wall_count[kind] == 0) {
        return 1;
    }
    if (shape == NULL || rules->place_wall_count[kind] < 0 ||
        rules->place_wall_count[kind] > MOST_WALLS || rules->place_end_count[kind] < 1 ||
        rules->place_end_count[kind] > MOST_ENDS || rules->place_around > 64 ||
        work->below.count == 0 || work->above.count == 0) {
        return 0;
    }
    work->mitres[0].known = work->mitres[1].known = 0;
    double walls[MOST_WALLS][2], deepest_wall = 0, deepest_end = 0;
    for (int64_t k = 0; k < rules->place_wall_count[kind]; k++) {
        walls[k][0] = walls[k][1] = rules->place_walls[kind][k];
        deepest_wall = fmax(deepest_wall, walls[k][0]);
    }
    const double (*ends)[2] = rules->place_ends[kind];
    for (int64_t k = 0; k < rules->place_end_count[kind]; k++) {
        deepest_end = fmax(deepest_end, fmax(ends[k][0], ends[k][1]));
    }
    struct rungs wall = {(const double(*)[2])walls, rules->place_wall_count[kind],
                         0, rules->place_wall, rules->place_far * deepest_wall, 0, {{0}}, {{0}}};
    double spacing = rules->place_spacing[kind];
    struct rungs end = {ends, rules->place_end_count[kind], spacing > 0, rules->place_end,
                        rules->place_far * deepest_end, 0, {{0}}, {{0}}};
    struct rungs first_end = end;
    first_end.count = spacing > 0 ? 1 : end.count;
    struct rungs border = {&rules->place_border[kind], 1, 0, rules->place_end, INFINITY, 0,
                           {{0}}, {{0}}};
    const struct rough *rough = rough_of(work, 0);
    find_near(&wall, rough);
    find_near(&end, rough);
    find_near(&first_end, rough);
    double most_end = 0;
    for (int64_t k = 0; k < end.count; k++) {
        most_end = fmax(most_end, ends[k][1]);
    }
    double shallow = ends[0][0] - rules->place_end;
    int linking = rules->solid && !rules->one_fill && !rules->place_bordered[kind];
    double room = most_end + rules->place_room - rules->place_round;
    const double *link = rules->border_link[kind];
    for (int64_t n = 0; n < lines->count; n++) {
        if (lines->joined[n] && n + 1 < lines->count) {
            continue;
        }
        double x = lines->x0[first] - lines->x1[n], y = lines->y0[first] - lines->y1[n];
        double gap = sqrt(x * x + y * y);
        if (fabs(gap - rules->seam) < MARGIN) {
            return 0;
        }
        int closed = gap <= rules->seam && n > first;
        for (int64_t k = first; closed && k <= n; k++) {
            if (!wall_stands(work, shape, rough, k, &wall, &searched)) {
                return 0;
            }
        }
        for (int64_t k = 2 * first; !closed && k <= 2 * n + 1; k++) {
            if (k % 2 == 0 && k > 2 * first) {
                /* Where the line before has ended. */
                continue;
            }
            struct spot place = {k % 2 ? lines->x1[k / 2] : lines->x0[k / 2],
                                 k % 2 ? lines->y1[k / 2] : lines->y0[k / 2]};
            int stop = k == 2 * first || k == 2 * n + 1;
            const struct rungs *rungs = stop ? &first_end : &end;
            if (roughly_stands(rough, place, rungs) ||
                stands(work, shape, place, rungs, &searched)) {
                continue;
            }
            if (stop && spacing > 0 && ++grazing > rules->graze_ends) {
                return 0;
            }
            if (stop && spacing > 0 &&
                (roughly_stands(rough, place, &end) ||
                 stands(work, shape, place, &end, &searched))) {
                double along_x = lines->x1[k / 2] - lines->x0[k / 2];
                double along_y = lines->y1[k / 2] - lines->y0[k / 2];
                double on = (k % 2 ? 1 : -1) / fmax(lines->length[k / 2], 1e-9);
                if (grazes(work, place, on * along_x, on * along_y,
                           ends[end.count - 1][1] - spacing - rules->place_end,
                           ends[end.count - 1][1] - rules->place_end)) {
                    continue;
                }
            }
            double below = depth_of(sides_of(work, 0), place.x, place.y);
            double above = depth_of(sides_of(work, 1), place.x, place.y);
            if (++searched > MOST_SEARCHED || !(below >= shallow + MARGIN) ||
                !(above >= shallow + MARGIN)) {
                return 0;
            }
            /* An end at the second depth is excused by no narrow place: of a stop that is left to
             * the rule. */
            int narrow = !(stop && spacing > 0) && is_narrow(work, place, room);
            if (linking) {
                if (odd_count == MOST_ODD) {
                    return 0;
                }
                odd[odd_count++] = (struct odd){.spot = place,
                                                .first = (int32_t)first,
                                                .last = (int32_t)n,
                                                .line = (int32_t)(k / 2),
                                                .off = off_rungs(below, &end) &&
                                                       off_rungs(above, &end),
                                                .stop = (uint8_t)stop,
                                                .turning = !stop || surely_leads(work, link, k / 2,
                                                                                 (int)(k % 2), &end),
                                                .asked = !narrow,
                                                .at_end = (uint8_t)(k % 2)};
                bordered += !narrow;
                continue;
            }
            if (narrow) {
                continue;
            }
            if (rules->one_fill) {
                return 0;
            }
            if (rules->place_bordered[kind]) {
                if (++at_others > MOST_AT_OTHERS || !at_other_wall(work, layer, place, &border)) {
                    return 0;
                }
                continue;
            }
            if (!known && !find_skins(work, layer, shallow, crossed)) {
                return 0;
            }
            known = 1;
            if (!near_bit(&work->raster, work->b, place, rules->place_border_px)) {
                return 0;
            }
        }
        first = n + 1;
    }
    if (bordered && (!(rules->border_away[kind][0] > 0) ||
                     !find_skins(work, layer, shallow, crossed) ||
                     !find_borders(work, layer, crossed, odd, odd_count))) {
        return 0;
    }
    for (int64_t n = 0; n < odd_count; n++) {
        if (odd[n].asked && !odd[n].surely && !odd[n].maybe) {
            return 0;
        }
        odd[n].asked &= odd[n].stop & !odd[n].surely;
    }
    if (odd_count == 0 || !(rules->border_away[kind][0] > 0)) {
        return all_linked(work, &end, odd, odd_count);
    }
    /* Layers nearby were looked at since. */
    shape = shape_at(work, layer);
    return all_linked(work, &end, odd, odd_count) && shape != NULL && shape->layer == layer &&
           surely_no_cut(work, shape, odd, odd_count);
}
