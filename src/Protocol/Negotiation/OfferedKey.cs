using Blockwire.Protocol.Keys;

namespace Blockwire.Protocol.Negotiation;

/// <summary>One key=value pair as the initiator sent it, with its row of the table.</summary>
/// <param name="Name">Key name: a legal key-name of RFC 7143 §6.1.</param>
/// <param name="Value">Value: legal UTF-8, otherwise unchecked.</param>
/// <param name="Row">The key's row, or null for a key from outside the RFCs.</param>
public readonly record struct OfferedKey(string Name, string Value, KeyRow? Row);
