using System.Security.Cryptography;
using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Wire;

namespace Blockwire.Protocol.Authentication;

/// <summary>
/// The target's side of one CHAP exchange (RFC 7143 §12.1.3): CHAP_A is answered by a challenge, CHAP_N and CHAP_R are checked, a challenge of
/// the initiator's is answered last, and only to one that has proved itself. What is not as the step has it ends the login with "initiator
/// error" or "missing parameter", a wrong proof with "authentication failure" (§9.2).
/// </summary>
internal sealed class ChapExchange(ChapOptions options, string initiatorName, RandomSource random) : IAuthenticator
{
    private ChapAlgorithm? _algorithm;
    private byte _identifier;
    private byte[] _challenge = [];

    public AuthenticationStep OnKeys(IReadOnlyList<TextPair> keys)
    {
        ChapKeys step = new(keys);
        return step.Other is { } other ? Malformed($"{other} is no key of CHAP")
            : _algorithm is { } algorithm ? OnProof(algorithm, step)
            : OnAlgorithms(step);
    }

    private AuthenticationStep OnAlgorithms(ChapKeys step)
    {
        if (step.Algorithms is not { } list)
        {
            return Missing(KeyName.ChapA);
        }

        if (step is not { Identifier: null, Challenge: null, Name: null, Response: null })
        {
            return Malformed("more than CHAP_A came in the first step");
        }

        List<ulong> offered = [];
        foreach (string text in list.Split(','))
        {
            if (!NumberValue.TryParse(text, out ulong number))
            {
                return Malformed("CHAP_A is not a list of numbers");
            }

            offered.Add(number);
        }

        if (options.Policy.Select(offered) is not { } algorithm)
        {
            string accepted = string.Join(", ", options.Policy.Algorithms.Select(static it => $"{(int)it} ({ChapAlgorithmName.Of(it)})"));
            return AuthenticationStep.Refuse($"CHAP_A offers no algorithm that the policy accepts: {accepted} (RFC 7143/12.1.3)");
        }

        _algorithm = algorithm;
        _challenge = new byte[options.Policy.ChallengeBytes];
        random(_challenge);
        Span<byte> identifier = stackalloc byte[1];
        random(identifier);
        _identifier = identifier[0];
        return AuthenticationStep.Continue(
            new(KeyName.ChapA, $"{(int)algorithm}"), new(KeyName.ChapI, $"{_identifier}"), new(KeyName.ChapC, BinaryValue.ToHex(_challenge)));
    }

    private AuthenticationStep OnProof(ChapAlgorithm algorithm, ChapKeys step)
    {
        if (step.Algorithms is not null)
        {
            return Malformed("CHAP_A came in the second step");
        }

        if (step is not { Name: { } name, Response: { } responseText })
        {
            return Missing(step.Name is null ? KeyName.ChapN : KeyName.ChapR);
        }

        if (!BinaryValue.TryParse(responseText, out byte[] response) || response.Length > ChapPolicy.MaxChallengeBytes)
        {
            return Malformed("CHAP_R is no binary value of at most 1024 bytes");
        }

        if (ReadChallenge(step, out (byte Identifier, byte[] Bytes)? theirs) is { } refusal)
        {
            return refusal;
        }

        ChapAccount? account = FindAccount(algorithm, name, response);
        return account is null ? AuthenticationStep.Refuse("the CHAP name or response is wrong (RFC 7143/12.1.3)")
            : theirs is { } asked ? Prove(algorithm, account, asked.Identifier, asked.Bytes)
            : AuthenticationStep.Accept(account.Credential.Name);
    }

    /// <summary>The initiator wants a proof of the target as well: CHAP_I and CHAP_C, both or none.</summary>
    private AuthenticationStep? ReadChallenge(ChapKeys step, out (byte Identifier, byte[] Bytes)? theirs)
    {
        theirs = null;
        if (step is { Identifier: null, Challenge: null })
        {
            return null;
        }

        if (step is not { Identifier: { } identifierText, Challenge: { } challengeText })
        {
            return Missing(step.Identifier is null ? KeyName.ChapI : KeyName.ChapC);
        }

        if (!NumberValue.TryParse(identifierText, out ulong identifier) || identifier > byte.MaxValue)
        {
            return Malformed("CHAP_I is no number from 0 to 255");
        }

        if (!BinaryValue.TryParse(challengeText, out byte[] challenge) || challenge.Length > ChapPolicy.MaxChallengeBytes)
        {
            return Malformed("CHAP_C is no binary value of at most 1024 bytes");
        }

        // §9.2.1: who sends our challenge back wants us to compute the proof that was asked of it.
        if (challenge.AsSpan().SequenceEqual(_challenge))
        {
            return AuthenticationStep.Refuse("CHAP_C is our own challenge reflected (RFC 7143/9.2.1)");
        }

        theirs = ((byte)identifier, challenge);
        return null;
    }

    /// <summary>
    /// Whose proof it is, or null. Every account is looked at and one hash is computed for a known name as for an unknown one, so that the time
    /// taken tells nothing. A response made with the target's own secret proves nothing either (§9.2.1): no account has that secret.
    /// </summary>
    private ChapAccount? FindAccount(ChapAlgorithm algorithm, string name, byte[] response)
    {
        ChapAccount? found = null;
        foreach (ChapAccount account in options.Accounts)
        {
            bool applies = account.Credential.Name == name && (account.InitiatorName is null || account.InitiatorName == initiatorName);

            // One made for this initiator goes before one for all.
            found = applies && found?.InitiatorName is null ? account : found;
        }

        ChapSecret secret = (found ?? options.Accounts[0]).Credential.Secret;
        byte[] expected = secret.Respond(algorithm, _identifier, _challenge);
        bool right = CryptographicOperations.FixedTimeEquals(expected, response);
        return right && found is not null ? found : null;
    }

    private AuthenticationStep Prove(ChapAlgorithm algorithm, ChapAccount account, byte identifier, byte[] challenge)
    {
        if ((account.Target ?? options.Target) is not { } own)
        {
            return AuthenticationStep.Refuse("the initiator wants the target to prove itself, and no secret is set for that (RFC 7143/12.1.3)");
        }

        byte[] response = own.Secret.Respond(algorithm, identifier, challenge);
        return AuthenticationStep.Accept(
            account.Credential.Name, new(KeyName.ChapN, own.Name), new(KeyName.ChapR, BinaryValue.ToHex(response)));
    }

    private static AuthenticationStep Missing(string key) =>
        AuthenticationStep.Refuse(LoginStatus.MissingParameter, $"{key} is missing from its step of the CHAP exchange (RFC 7143/9.2)");

    private static AuthenticationStep Malformed(string why) => AuthenticationStep.Refuse(LoginStatus.InitiatorError, $"{why} (RFC 7143/9.2)");
}
