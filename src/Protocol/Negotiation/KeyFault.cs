namespace Blockwire.Protocol.Negotiation;

/// <summary>A protocol error in a key: ends a login with status 0x0200, a text exchange with Reject.</summary>
/// <param name="Rule">The rule that was broken, for example "7143/6.3".</param>
/// <param name="Why">One line for the log. Names keys, never values of security keys.</param>
public readonly record struct KeyFault(string Rule, string Why);
