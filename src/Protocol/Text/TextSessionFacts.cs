using Blockwire.Protocol.Negotiation;

namespace Blockwire.Protocol.Text;

/// <summary>What a text exchange must know of its session.</summary>
/// <param name="SessionType">Normal or Discovery.</param>
/// <param name="TargetName">Normalised name of the target the session belongs to; null in an unnamed discovery session.</param>
public sealed record TextSessionFacts(SessionType SessionType, string? TargetName);
