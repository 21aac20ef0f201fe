namespace Blockwire.Protocol.Negotiation;

/// <summary>One key=value pair.</summary>
/// <param name="Key">Key name.</param>
/// <param name="Value">Value as text, encoded as the wire has it.</param>
public readonly record struct TextPair(string Key, string Value);
