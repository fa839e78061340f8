/* SPDX-License-Identifier: MIT */
/* What to do about hops whose shapes do not meet. */
#include "join_hint.h"

#include <string.h>

struct hint {
	const struct build *b;
	const char *text;
};

/* One way out: "put frames on top of services.s.accept". */
static void add(struct hint *h, const char *way)
{
	const char *joined;

	if (way == NULL) {
		return;
	}
	joined = arena_printf(h->b->memory, "%s%s%s", h->text,
	                      h->text[0] == '\0' ? "; " : ", or ", way);
	h->text = joined == NULL ? h->text : joined;
}

/* The top layer made messages of what is wanted. */
static bool hides(const struct pipeline *p, uint32_t wanted)
{
	const struct placed_layer *l = &p->layers[p->count - 1];

	return l->layer != NULL && p->top == PST_SHAPE_MESSAGES &&
	       (l->layer->below & p->top) == 0 &&
	       (l->layer->below & wanted) != 0;
}

static void put_on_top(struct hint *h, const struct pipeline *p,
                       uint32_t wanted)
{
	const char *layer = pipeline_bridge(h->b, p->top, wanted, p->role);

	if (layer != NULL) {
		add(h, arena_printf(h->b->memory, "put %s on top of %s", layer,
		                    p->path));
	}
}

static void leave_out(struct hint *h, const struct pipeline *p, uint32_t wanted)
{
	if (hides(p, wanted)) {
		add(h, arena_printf(h->b->memory, "leave %s out of %s",
		                    p->layers[p->count - 1].id, p->path));
	}
}

/* A type of service whose exchanges open ways for bytes. */
static void choose_tunnel(struct hint *h)
{
	const struct registry *r = h->b->registry;
	const struct pst_service *type;
	const char *id;
	size_t i;

	for (i = 0; (id = registry_id(r, REGISTRY_SERVICE, i)) != NULL; i++) {
		type = registry_find(h->b->registry, REGISTRY_SERVICE, id, NULL,
		                     NULL, 0, NULL);
		if (type != NULL && (type->flags & PST_SERVICE_TUNNELS) != 0) {
			add(h, arena_printf(h->b->memory,
			                    "choose type = \"%s\" for clients "
			                    "that open tunnels",
			                    id));
			return;
		}
	}
}

const char *join_hint(const struct build *b, const struct pipeline *front,
                      const struct pipeline *back)
{
	bool accepts = front->top == PST_SHAPE_EXCHANGES;
	const struct pipeline *exchanges = accepts ? front : back;
	const struct pipeline *other = accepts ? back : front;
	struct hint h = {b, ""};

	put_on_top(&h, exchanges, PST_SHAPE_BYTES | PST_SHAPE_MESSAGES);
	if (other->top == PST_SHAPE_BYTES) {
		put_on_top(&h, other, PST_SHAPE_EXCHANGES);
	} else {
		leave_out(&h, other, PST_SHAPE_EXCHANGES);
	}
	if (accepts && back->top == PST_SHAPE_BYTES) {
		choose_tunnel(&h);
	}
	return h.text;
}

const char *front_hint(const struct build *b, const struct pipeline *front,
                       uint32_t shapes)
{
	const char *layer = pipeline_bridge(b, front->top, shapes, PST_ACCEPT);
	struct hint h = {b, ""};

	if (hides(front, shapes)) {
		add(&h, arena_printf(b->memory, "leave %s out",
		                     front->layers[front->count - 1].id));
	} else if (layer != NULL) {
		add(&h, arena_printf(b->memory, "put %s on top", layer));
	}
	return h.text;
}
