/// A driver that isn't part of the agent: it runs programs in a small Forth.
package example.forth;
