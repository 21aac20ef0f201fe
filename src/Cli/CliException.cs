namespace Blockwire.Cli;

/// <summary>The command failed for a reason that its user can act on. The message is one line: what, where, what to do.</summary>
internal sealed class CliException(string message, Exception? inner = null) : Exception(message, inner);
