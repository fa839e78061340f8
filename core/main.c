/* SPDX-License-Identifier: MIT */
/* The program: everything is in the table of commands. */
#include "command.h"

#include <locale.h>

int main(int argc, char **argv)
{
	/* Only which bytes are characters: messages and numbers stay C's. */
	setlocale(LC_CTYPE, "");
	return command_main(argc, argv);
}
