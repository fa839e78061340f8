/* SPDX-License-Identifier: MIT */
/* What the layers of a pipeline promise each other: shapes, roles, room. */
#include "pipeline_check.h"

#include "setup.h"

#include <stdio.h>
#include <string.h>

#define ROOM_MIN 64u /* head- and tailroom that is always there */

const char *shape_name(uint32_t shape)
{
	switch (shape) {
	case PST_SHAPE_BYTES:
		return "bytes";
	case PST_SHAPE_MESSAGES:
		return "messages";
	case PST_SHAPE_EXCHANGES:
		return "exchanges";
	case PST_SHAPE_BYTES | PST_SHAPE_MESSAGES:
		return "bytes or messages";
	case PST_SHAPE_BYTES | PST_SHAPE_EXCHANGES:
		return "bytes or exchanges";
	case PST_SHAPE_MESSAGES | PST_SHAPE_EXCHANGES:
		return "messages or exchanges";
	default:
		return shape == PST_SHAPE_NONE ? "nothing" : "anything";
	}
}

const char *role_name(enum pst_role role)
{
	return role == PST_ACCEPT ? "accept" : "connect";
}

/* Messages pass for bytes: their payloads are taken one after another. */
static bool fits(uint32_t below, uint32_t shape)
{
	return (below & shape) != 0 ||
	       ((below & PST_SHAPE_BYTES) != 0 && shape == PST_SHAPE_MESSAGES);
}

static uint32_t above(const struct pst_layer *l, uint32_t below)
{
	return l->above == PST_SHAPE_NONE ? below : l->above;
}

const char *pipeline_bridge(const struct build *b, uint32_t from,
                            uint32_t wanted, enum pst_role role)
{
	const struct pst_layer *l;
	const char *id;
	size_t i;

	for (i = 0; (id = registry_id(b->registry, REGISTRY_LAYER, i)) != NULL;
	     i++) {
		l = registry_find(b->registry, REGISTRY_LAYER, id, NULL, NULL,
		                  0, NULL);
		/* a relay leads to somebody else */
		if (l != NULL && (l->roles & (uint32_t)role) != 0 &&
		    (l->provides & PST_PROVIDES_RELAY) == 0 &&
		    fits(l->below, from) && above(l, from) != from &&
		    fits(wanted, above(l, from))) {
			return id;
		}
	}
	return NULL;
}

static void refuse_shape(const struct build *b, const struct pipeline *p,
                         unsigned i, uint32_t shape)
{
	const struct placed_layer *l = &p->layers[i];
	const char *under = p->layers[i - 1].id;
	const char *bridge =
		pipeline_bridge(b, shape, l->layer->below, p->role);
	char hint[160];

	if (bridge != NULL) {
		snprintf(hint, sizeof(hint), "insert %s between %s and %s",
		         bridge, under, l->id);
	} else {
		snprintf(hint, sizeof(hint),
		         "no layer that is installed turns one into the other");
	}
	diag_add(b->diag, PST_LOG_ERROR, l->file, l->line, l->place->path,
	         "%s needs %s below it, and %s offers %s; %s", l->id,
	         shape_name(l->layer->below), under, shape_name(shape), hint);
}

static int check_role(const struct build *b, const struct pipeline *p,
                      const struct placed_layer *l)
{
	uint32_t roles =
		l->layer != NULL ? l->layer->roles : l->endpoint->roles;

	if ((roles & (uint32_t)p->role) != 0) {
		return PST_OK;
	}
	diag_add(b->diag, PST_LOG_ERROR, l->file, l->line, l->place->path,
	         "%s does not work on the %s hop", l->id, role_name(p->role));
	return PST_CONFIG;
}

static int check_shapes(const struct build *b, struct pipeline *p)
{
	uint32_t shape = p->layers[0].endpoint->above;
	unsigned i;

	for (i = 1; i < p->count; i++) {
		if (!fits(p->layers[i].layer->below, shape)) {
			refuse_shape(b, p, i, shape);
			return PST_CONFIG; /* what stands above is a guess */
		}
		shape = above(p->layers[i].layer, shape);
	}
	p->top = shape;
	if (shape == 0 || (shape & (shape - 1)) != 0) {
		diag_add(b->diag, PST_LOG_ERROR, p->file, p->line, p->path,
		         "%s offers %s, where one shape is needed: its plugin "
		         "is wrong",
		         p->layers[p->count - 1].id, shape_name(shape));
		return PST_CONFIG;
	}
	return PST_OK;
}

static int check_mux(const struct build *b, struct pipeline *p)
{
	int result = PST_OK;
	unsigned i;

	p->mux = -1;
	for (i = 1; i < p->count; i++) {
		if ((p->layers[i].layer->provides & PST_PROVIDES_MUX) == 0) {
			continue;
		}
		if (p->mux >= 0) {
			diag_add(b->diag, PST_LOG_ERROR, p->layers[i].file,
			         p->layers[i].line, p->layers[i].place->path,
			         "%s opens streams, and so does %s below it; a "
			         "pipeline has one such layer",
			         p->layers[i].id, p->layers[p->mux].id);
			result = PST_CONFIG;
			continue;
		}
		p->mux = (int)i;
	}
	return result;
}

static uint64_t lookahead_of(const struct placed_layer *l)
{
	return l->layer->conf_lookahead != NULL && l->conf != NULL
	               ? l->layer->conf_lookahead(l->conf)
	               : l->layer->lookahead;
}

static int check_lookahead(const struct build *b, const struct pipeline *p)
{
	char wants[32], has[32];
	int result = PST_OK;
	unsigned i;

	for (i = 1; i < p->count; i++) {
		const struct placed_layer *l = &p->layers[i];

		if (lookahead_of(l) <= p->limits.high_water) {
			continue;
		}
		option_show_size(lookahead_of(l), wants, sizeof(wants));
		option_show_size(p->limits.high_water, has, sizeof(has));
		diag_add(b->diag, PST_LOG_ERROR, p->file, p->line, p->path,
		         "high_water is %s, but %s may have to see %s before "
		         "it can go on; raise it to %s",
		         has, l->id, wants, wants);
		result = PST_CONFIG;
	}
	return result;
}

static void sum_up(struct pipeline *p)
{
	const uint32_t promises = PST_PROVIDES_SECURE |
	                          PST_PROVIDES_AUTHENTICATED |
	                          PST_PROVIDES_CLAIMED;
	uint32_t any = 0, all = PST_PROVIDES_HALF_CLOSE;
	unsigned i;

	p->headroom = 0;
	p->tailroom = 0;
	for (i = 0; i < p->count; i++) {
		const struct pst_layer *l = p->layers[i].layer;

		if ((p->layers[i].provides & PST_PROVIDES_RELAY) != 0) {
			any &= ~promises;
		}
		any |= p->layers[i].provides;
		all &= p->layers[i].provides;
		p->headroom += l == NULL ? 0 : l->headroom;
		p->tailroom += l == NULL ? 0 : l->tailroom;
	}
	p->provides = (any & ~(uint32_t)PST_PROVIDES_HALF_CLOSE) | all;
	p->headroom = p->headroom < ROOM_MIN ? ROOM_MIN : p->headroom;
	p->tailroom = p->tailroom < ROOM_MIN ? ROOM_MIN : p->tailroom;
}

int pipeline_check(const struct build *b, struct pipeline *p)
{
	int result = PST_OK;
	unsigned i;

	for (i = 0; i < p->count; i++) {
		if (check_role(b, p, &p->layers[i]) != PST_OK) {
			result = PST_CONFIG;
		}
	}
	if (check_shapes(b, p) != PST_OK) {
		result = PST_CONFIG;
	}
	if (check_mux(b, p) != PST_OK) {
		result = PST_CONFIG;
	}
	if (check_lookahead(b, p) != PST_OK) {
		result = PST_CONFIG;
	}
	sum_up(p);
	return result;
}
