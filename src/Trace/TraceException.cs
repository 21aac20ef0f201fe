namespace Blockwire.Trace;

/// <summary>What was given cannot be read as a capture or as PDUs. The message says what is wrong and what to try.</summary>
public sealed class TraceException(string message, Exception? inner = null) : Exception(message, inner);
