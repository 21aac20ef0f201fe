namespace Blockwire.Protocol.Authentication;

/// <summary>Fills a buffer with bits that nobody can foresee, as <see cref="System.Security.Cryptography.RandomNumberGenerator.Fill"/> does.</summary>
/// <param name="destination">The buffer.</param>
public delegate void RandomSource(Span<byte> destination);
