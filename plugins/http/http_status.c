/* SPDX-License-Identifier: MIT */
/* Statuses: their phrases, and the table from reason classes to them. */
#include "http_status.h"

#include <string.h>

struct phrase {
	unsigned status;
	const char *text;
};

/* RFC 9110 15; the first of each hundred stands for those not listed */
static const struct phrase phrases[] = {
	{100, "Continue"},
	{101, "Switching Protocols"},
	{102, "Processing"},
	{103, "Early Hints"},
	{200, "OK"},
	{201, "Created"},
	{202, "Accepted"},
	{203, "Non-Authoritative Information"},
	{204, "No Content"},
	{205, "Reset Content"},
	{206, "Partial Content"},
	{300, "Multiple Choices"},
	{301, "Moved Permanently"},
	{302, "Found"},
	{303, "See Other"},
	{304, "Not Modified"},
	{307, "Temporary Redirect"},
	{308, "Permanent Redirect"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{406, "Not Acceptable"},
	{407, "Proxy Authentication Required"},
	{408, "Request Timeout"},
	{409, "Conflict"},
	{410, "Gone"},
	{411, "Length Required"},
	{412, "Precondition Failed"},
	{413, "Content Too Large"},
	{414, "URI Too Long"},
	{415, "Unsupported Media Type"},
	{416, "Range Not Satisfiable"},
	{417, "Expectation Failed"},
	{421, "Misdirected Request"},
	{422, "Unprocessable Content"},
	{425, "Too Early"},
	{426, "Upgrade Required"},
	{428, "Precondition Required"},
	{429, "Too Many Requests"},
	{431, "Request Header Fields Too Large"},
	{451, "Unavailable For Legal Reasons"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{502, "Bad Gateway"},
	{503, "Service Unavailable"},
	{504, "Gateway Timeout"},
	{505, "HTTP Version Not Supported"},
	{508, "Loop Detected"},
	{511, "Network Authentication Required"},
};

/* The table is in the order of the numbers, a hundred's own phrase first. */
const char *http_status_phrase(unsigned status)
{
	const char *phrase = "Unknown";
	size_t i;

	for (i = 0; i < sizeof(phrases) / sizeof(phrases[0]) &&
	            phrases[i].status <= status;
	     i++) {
		if (phrases[i].status == status ||
		    phrases[i].status == status / 100 * 100) {
			phrase = phrases[i].text;
		}
	}
	return phrase;
}

struct answer {
	unsigned status;
	const char *text;
};

static const struct answer answers[PST_CLASS_COUNT] = {
	[PST_CLASS_CLEAN] = {500, "the service ended without an answer"},
	[PST_CLASS_GOING_AWAY] = {503, "the service is shutting down"},
	[PST_CLASS_REFUSED] = {502, "the back-end refused"},
	[PST_CLASS_POLICY] = {403, "a rule of this gateway forbids it"},
	[PST_CLASS_UNREACHABLE] = {502, "the back-end cannot be reached"},
	[PST_CLASS_TIMEOUT] = {504, "the back-end did not answer in time"},
	[PST_CLASS_OVERLOAD] = {503, "there is no capacity at the moment"},
	[PST_CLASS_TOO_BIG] = {413, "the request is too large"},
	[PST_CLASS_PROTOCOL] = {502, "the back-end broke its protocol"},
	[PST_CLASS_TRUNCATED] = {502, "the back-end stopped in the middle"},
	[PST_CLASS_INTERNAL] = {500, "the gateway failed"},
};

static const struct answer *class_answer(enum pst_class why)
{
	return &answers[(unsigned)why < PST_CLASS_COUNT ? why
	                                                : PST_CLASS_INTERNAL];
}

unsigned http_class_status(enum pst_class why)
{
	return class_answer(why)->status;
}

const char *http_class_text(enum pst_class why)
{
	return class_answer(why)->text;
}

unsigned http_route_status(int result, const char **text_out)
{
	switch (result) {
	case PST_NO_ROUTE:
		*text_out = "no service stands at this host and path";
		return 404;
	case PST_MISDIRECTED:
		*text_out = "this host is not served on this connection";
		return 421;
	case PST_LIMIT:
	case PST_MEMORY:
		*text_out = http_class_text(PST_CLASS_OVERLOAD);
		return 503;
	case PST_UNSUPPORTED:
		*text_out = "nobody here opens tunnels";
		return 501;
	default:
		*text_out = http_class_text(PST_CLASS_INTERNAL);
		return 500;
	}
}

/* Two decimal digits, and the byte behind them. */
static char *put_two(char *at, unsigned v, char behind)
{
	at[0] = (char)('0' + v / 10);
	at[1] = (char)('0' + v % 10);
	at[2] = behind;
	return at + 3;
}

static char *put_word(char *at, const char word[4], char behind)
{
	memcpy(at, word, 3);
	at[3] = behind;
	return at + 4;
}

/* Years are counted from March on, so that a leap day is the last of its year;
 * 400 of them have always the same number of days. */
struct day {
	unsigned year, month, day; /* month: 0 is March */
};

static struct day day_of(unsigned days) /* since 1 March of the year 0 */
{
	const unsigned four = 4 * 365 + 1, hundred = 25 * four - 1;
	const unsigned all = 4 * hundred + 1;
	unsigned in_all = days % all;
	/* the last day of 4 centuries, or of 4 years, is not of the next */
	unsigned centuries = in_all / hundred - in_all / (all - 1);
	unsigned in_hundred = in_all - centuries * hundred;
	unsigned in_four = in_hundred % four;
	unsigned years = in_four / 365 - in_four / (four - 1);
	unsigned in_year = in_four - years * 365;
	/* months of 31 30 31 30 31 days, again and again: 153 in five */
	unsigned month = (5 * in_year + 2) / 153;

	return (struct day){days / all * 400 + centuries * 100 +
	                            in_hundred / four * 4 + years,
	                    month, in_year - (153 * month + 2) / 5 + 1};
}

/* Each response has one: snprintf took a tenth of the whole exchange, and
 * gmtime_r a fiftieth. */
void http_date(int64_t wall, char out[HTTP_DATE_SIZE])
{
	static const char names[7][4] = {"Wed", "Thu", "Fri", "Sat",
	                                 "Sun", "Mon", "Tue"};
	static const char months[12][4] = {"Mar", "Apr", "May", "Jun",
	                                   "Jul", "Aug", "Sep", "Oct",
	                                   "Nov", "Dec", "Jan", "Feb"};
	const int64_t day_length = 24 * 60 * 60;
	const int64_t epoch = 719468 * day_length; /* seconds since March 0 */
	const int64_t first = -2208988800, last = 253402300799; /* 1900..9999 */
	uint64_t since =
		(uint64_t)(epoch + (wall < first || wall > last ? 0 : wall));
	unsigned days = (unsigned)(since / (uint64_t)day_length);
	unsigned second = (unsigned)(since % (uint64_t)day_length);
	struct day d = day_of(days);
	unsigned year = d.year + (d.month > 9);

	out = put_word(out, names[days % 7], ',');
	*out++ = ' ';
	out = put_two(out, d.day, ' ');
	out = put_word(out, months[d.month], ' ');
	out = put_two(out, year / 100, '\0') - 1;
	out = put_two(out, year % 100, ' ');
	out = put_two(out, second / 3600, ':');
	out = put_two(out, second / 60 % 60, ':');
	out = put_two(out, second % 60, ' ');
	memcpy(out, "GMT", 4);
}
