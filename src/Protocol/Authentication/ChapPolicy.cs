using System.Collections.Immutable;

namespace Blockwire.Protocol.Authentication;

/// <summary>What a target asks of an exchange, whoever the initiator is.</summary>
public sealed record ChapPolicy
{
    /// <summary>Fewest bytes of our challenge.</summary>
    public const int MinChallengeBytes = 16;

    /// <summary>Most bytes of any challenge (RFC 7143 §12.1.3).</summary>
    public const int MaxChallengeBytes = 1024;

    /// <summary>All four, strongest first.</summary>
    public static ChapPolicy Default { get; } = new();

    /// <summary>Algorithms that are accepted, best liked first. The initiator's order does not matter.</summary>
    public ImmutableArray<ChapAlgorithm> Algorithms { get; init; } =
        [ChapAlgorithm.Sha3With256, ChapAlgorithm.Sha256, ChapAlgorithm.Sha1, ChapAlgorithm.Md5];

    /// <summary>Bytes of our challenge: 16 to 1024.</summary>
    public int ChallengeBytes { get; init; } = 32;

    /// <summary>This policy without what is weaker than an algorithm.</summary>
    /// <param name="weakest">The weakest that will do.</param>
    public ChapPolicy AtLeast(ChapAlgorithm weakest) => this with { Algorithms = Algorithms.RemoveAll(algorithm => algorithm < weakest) };

    /// <summary>Picks the algorithm of an exchange.</summary>
    /// <param name="offered">Numbers of CHAP_A, known or not, in any order.</param>
    /// <returns>Null when none is accepted.</returns>
    public ChapAlgorithm? Select(IReadOnlyCollection<ulong> offered)
    {
        foreach (ChapAlgorithm algorithm in Algorithms)
        {
            if (offered.Contains((ulong)algorithm) && ChapHash.IsAvailable(algorithm))
            {
                return algorithm;
            }
        }

        return null;
    }

    /// <summary>Throws when something is out of its range.</summary>
    /// <exception cref="ChapOptionsException">It says what.</exception>
    public void Validate()
    {
        if (ChallengeBytes is < MinChallengeBytes or > MaxChallengeBytes)
        {
            throw new ChapOptionsException($"a CHAP challenge has {MinChallengeBytes} to {MaxChallengeBytes} bytes, not {ChallengeBytes}");
        }

        if (Algorithms.IsDefaultOrEmpty || !Algorithms.Any(ChapHash.IsAvailable))
        {
            throw new ChapOptionsException("no CHAP algorithm is left that this machine can do");
        }
    }
}
