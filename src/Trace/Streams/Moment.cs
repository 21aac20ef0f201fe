namespace Blockwire.Trace.Streams;

/// <summary>When something was seen.</summary>
/// <param name="Nanoseconds">Time since 1970; null when unknown.</param>
/// <param name="Packet">Number of the packet in the capture; 0 when there are no packets.</param>
public readonly record struct Moment(long? Nanoseconds, long Packet);
