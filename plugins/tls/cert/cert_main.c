/* SPDX-License-Identifier: MIT */
/* penstock-cert: certificates for both hops, made, shown and checked. */
#include "cert/cert_line.h"

#include <signal.h>

int main(int argc, char **argv)
{
	/* A server that hangs up is an answer, not the end of the program. */
	signal(SIGPIPE, SIG_IGN);
	return cert_line_main(argc, argv);
}
