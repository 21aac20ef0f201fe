namespace Blockwire.Protocol.Authentication;

/// <summary>What is wrong with the target's half of an exchange.</summary>
/// <param name="IsWrongProof">True: its proof is wrong. False: its keys are not those of the step.</param>
/// <param name="Why">One line with the rule, without any secret, challenge or response.</param>
internal readonly record struct ChapFault(bool IsWrongProof, string Why);
