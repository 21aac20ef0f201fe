namespace Blockwire.Protocol.Login;

/// <summary>How one key fared in a login, for display.</summary>
/// <param name="Name">The key.</param>
/// <param name="Offer">What we proposed or declared, or null when we said nothing.</param>
/// <param name="Answer">What the target answered, proposed or declared, or null when it said nothing.</param>
/// <param name="Result">The value in effect; what is declared by each side for itself is the target's.</param>
public sealed record NegotiatedKey(string Name, string? Offer, string? Answer, string Result);
