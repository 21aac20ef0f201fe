using System.Security.Cryptography;
using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Negotiation;

namespace Blockwire.Protocol.Authentication;

/// <summary>
/// The initiator's side of one CHAP exchange (RFC 7143 §12.1.3): offers algorithms, answers the target's challenge, and asks for and checks the target's
/// proof when one is wanted.
/// </summary>
internal sealed class ChapProver(ChapInitiatorOptions options, IReadOnlyList<ChapAlgorithm> algorithms, RandomSource random)
{
    private byte[] _challenge = [];
    private byte _identifier;

    /// <summary>The algorithm that the target chose, or null before.</summary>
    public ChapAlgorithm? Algorithm { get; private set; }

    /// <summary>True when nothing more is to be proved by either side.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>True when the target has proved itself.</summary>
    public bool IsTargetAuthenticated { get; private set; }

    /// <summary>True when we have sent our proof: the rest is the target's.</summary>
    public bool HasProved { get; private set; }

    /// <summary>The first step.</summary>
    public TextPair Open() => new(KeyName.ChapA, string.Join(',', algorithms.Select(static it => (int)it)));

    /// <summary>Takes the keys of one step of the target's.</summary>
    /// <param name="keys">Legal in form.</param>
    /// <param name="answers">Takes what is to be sent.</param>
    /// <returns>What is wrong, or null.</returns>
    public ChapFault? OnKeys(IReadOnlyList<TextPair> keys, KeyAnswers answers)
    {
        ChapKeys step = new(keys);
        return IsComplete ? Broken("CHAP keys came after the exchange was over")
            : step.Other is { } other ? Broken($"{other} is no key of CHAP")
            : HasProved ? OnProof(step)
            : OnChallenge(step, answers);
    }

    private ChapFault? OnChallenge(ChapKeys step, KeyAnswers answers)
    {
        if (step is not { Algorithms: { } algorithmText, Identifier: { } identifierText, Challenge: { } challengeText, Name: null, Response: null })
        {
            return Broken("the target's first step must be CHAP_A, CHAP_I and CHAP_C and nothing else");
        }

        if (!NumberValue.TryParse(algorithmText, out ulong number) || !algorithms.Any(offered => (ulong)offered == number))
        {
            return Broken("CHAP_A is none of the algorithms that we offered");
        }

        if (!NumberValue.TryParse(identifierText, out ulong identifier) || identifier > byte.MaxValue)
        {
            return Broken("CHAP_I is no number from 0 to 255");
        }

        if (!BinaryValue.TryParse(challengeText, out byte[] challenge) || challenge.Length > ChapPolicy.MaxChallengeBytes)
        {
            return Broken("CHAP_C is no binary value of at most 1024 bytes");
        }

        ChapAlgorithm algorithm = (ChapAlgorithm)number;
        Algorithm = algorithm;
        HasProved = true;
        byte[] response = options.Own.Secret.Respond(algorithm, (byte)identifier, challenge);
        answers.Add(KeyName.ChapN, options.Own.Name);
        answers.Add(KeyName.ChapR, BinaryValue.ToHex(response));
        if (options.Target is null)
        {
            IsComplete = true;
            return null;
        }

        Challenge(challenge);
        answers.Add(KeyName.ChapI, $"{_identifier}");
        answers.Add(KeyName.ChapC, BinaryValue.ToHex(_challenge));
        return null;
    }

    // §9.2.1: never the challenge that the other side sent.
    private void Challenge(byte[] theirs)
    {
        _challenge = new byte[options.Policy.ChallengeBytes];
        random(_challenge);
        if (_challenge.AsSpan().SequenceEqual(theirs))
        {
            _challenge[0] ^= 1;
        }

        Span<byte> identifier = stackalloc byte[1];
        random(identifier);
        _identifier = identifier[0];
    }

    private ChapFault? OnProof(ChapKeys step)
    {
        if (step is not { Algorithms: null, Identifier: null, Challenge: null, Name: { } name, Response: { } responseText })
        {
            return Broken("the target's proof must be CHAP_N and CHAP_R and nothing else");
        }

        if (!BinaryValue.TryParse(responseText, out byte[] response) || response.Length > ChapPolicy.MaxChallengeBytes)
        {
            return Broken("CHAP_R is no binary value of at most 1024 bytes");
        }

        ChapCredential target = options.Target!;
        byte[] expected = target.Secret.Respond(Algorithm!.Value, _identifier, _challenge);
        byte[] own = options.Own.Secret.Respond(Algorithm!.Value, _identifier, _challenge);
        if (CryptographicOperations.FixedTimeEquals(own, response))
        {
            return new(true, "the target proves itself with our own secret: one secret must not serve both directions (RFC 7143/9.2.1)");
        }

        if (!CryptographicOperations.FixedTimeEquals(expected, response) || name != target.Name)
        {
            return new(true, $"the target does not prove itself as '{target.Name}': its CHAP name or secret is another (RFC 7143/12.1.3)");
        }

        (IsComplete, IsTargetAuthenticated) = (true, true);
        return null;
    }

    private static ChapFault Broken(string why) => new(false, $"{why} (RFC 7143/12.1.3)");
}
