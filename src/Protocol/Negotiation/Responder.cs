using System.Collections.Immutable;
using Blockwire.Protocol.Keys;

namespace Blockwire.Protocol.Negotiation;

/// <summary>Answers the operational keys of one login by their rows (RFC 7143 §6.2, §13), and proposes the few keys the target cannot do without.</summary>
public sealed class Responder
{
    private readonly TargetOffers _offers;
    private readonly SessionType _sessionType;
    private readonly bool _leading;
    private readonly HashSet<string> _settled = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _proposed = new(StringComparer.Ordinal);
    private readonly Parameters _parameters;

    /// <summary>A responder for one login.</summary>
    /// <param name="offers">The target's side.</param>
    /// <param name="sessionType">Normal or Discovery; decides relevance.</param>
    /// <param name="existing">Null on a leading login; otherwise the parameters of the session that the connection joins.</param>
    public Responder(TargetOffers offers, SessionType sessionType, SessionParameters? existing)
    {
        _offers = offers;
        _sessionType = sessionType;
        _leading = existing is null;
        _parameters = new Parameters(existing ?? SessionParameters.Default);
    }

    /// <summary>Session-wide values as agreed so far.</summary>
    public SessionParameters Session => _parameters.Session;

    /// <summary>Connection values as agreed so far.</summary>
    public ConnectionParameters Connection => _parameters.Connection;

    /// <summary>
    /// Answers the keys of one logical text data segment, in the order they came. Keys that depend on others are settled after them, so the
    /// order of the initiator does not matter (§6.2: integrity is checked when all parameters are there).
    /// </summary>
    /// <param name="keys">Keys of the operational stage; who and when were checked before.</param>
    /// <param name="answers">Takes the answers.</param>
    /// <returns>A protocol error, or null.</returns>
    public KeyFault? Answer(IReadOnlyList<OfferedKey> keys, KeyAnswers answers)
    {
        string?[] results = new string?[keys.Count];
        foreach (bool dependent in (ReadOnlySpan<bool>)[false, true])
        {
            for (int i = 0; i < keys.Count; i++)
            {
                if (IsDependent(keys[i].Name) == dependent && Settle(keys[i], out results[i]) is { } fault)
                {
                    return fault;
                }
            }
        }

        for (int i = 0; i < keys.Count; i++)
        {
            if (results[i] is { } answer)
            {
                answers.Add(keys[i].Name, answer);
            }
        }

        return null;
    }

    /// <summary>Declares our MaxRecvDataSegmentLength (§13.12).</summary>
    /// <param name="answers">Takes the declaration.</param>
    public void Declare(KeyAnswers answers)
    {
        answers.Add(KeyName.MaxRecvDataSegmentLength, $"{_offers.MaxRecvDataSegmentLength}");
        _parameters.Connection = Connection with { MaxRecvDataSegmentLength = _offers.MaxRecvDataSegmentLength };
    }

    /// <summary>True when <see cref="Propose"/> has something to say.</summary>
    public bool WantsToPropose => Proposals().Any();

    /// <summary>Proposes what the initiator left out and the target needs (§6.2: the target may propose keys of its own). Each key once.</summary>
    /// <param name="answers">Takes the proposals. The response that carries them must not have the T bit (§6.3).</param>
    /// <returns>True when something was proposed.</returns>
    public bool Propose(KeyAnswers answers)
    {
        ImmutableArray<TextPair> proposals = [.. Proposals()];
        foreach (TextPair proposal in proposals)
        {
            _proposed.Add(proposal.Key, proposal.Value);
            answers.Add(proposal);
        }

        return proposals.Length > 0;
    }

    /// <summary>The integrity rules that must hold when the login ends (§6.2, §13.14), and the digests this target insists on.</summary>
    /// <returns>What is violated, or null.</returns>
    public KeyFault? CheckIntegrity()
    {
        if (ViolatesBurstRule)
        {
            return new("7143/13.14", $"FirstBurstLength {Session.FirstBurstLength} exceeds MaxBurstLength {Session.MaxBurstLength}");
        }

        return Lacks(_offers.HeaderDigest, Connection.HeaderDigest) ? MissingDigest(KeyName.HeaderDigest)
            : Lacks(_offers.DataDigest, Connection.DataDigest) ? MissingDigest(KeyName.DataDigest)
            : null;
    }

    private bool ViolatesBurstRule => _leading && _sessionType == SessionType.Normal && Session.AllowsUnsolicitedData &&
        Session.FirstBurstLength > Session.MaxBurstLength;

    // FirstBurstLength hangs on MaxBurstLength, InitialR2T and ImmediateData (§13.14); MaxOutstandingR2T on ErrorRecoveryLevel and
    // DataSequenceInOrder (§13.19).
    private static bool IsDependent(string key) => key is KeyName.FirstBurstLength or KeyName.MaxOutstandingR2T;

    private static bool Lacks(DigestPolicy policy, DigestKind agreed) => policy == DigestPolicy.Require && agreed == DigestKind.None;

    private static KeyFault MissingDigest(string key) => new("7143/13.1", $"{key}=CRC32C is required here and was not agreed");

    private IEnumerable<TextPair> Proposals()
    {
        if (MayPropose(KeyName.HeaderDigest) && Lacks(_offers.HeaderDigest, Connection.HeaderDigest))
        {
            yield return new(KeyName.HeaderDigest, "CRC32C");
        }

        if (MayPropose(KeyName.DataDigest) && Lacks(_offers.DataDigest, Connection.DataDigest))
        {
            yield return new(KeyName.DataDigest, "CRC32C");
        }

        // An initiator that lowers MaxBurstLength below the default FirstBurstLength and says no more leaves an illegal pair behind.
        if (MayPropose(KeyName.FirstBurstLength) && ViolatesBurstRule)
        {
            yield return new(KeyName.FirstBurstLength, $"{Math.Min(_offers.FirstBurstLength, Session.MaxBurstLength)}");
        }
    }

    private bool MayPropose(string key) => !_settled.Contains(key) && !_proposed.ContainsKey(key);

    private KeyFault? Settle(OfferedKey key, out string? answer)
    {
        answer = null;
        if (_proposed.TryGetValue(key.Name, out string? proposal) && !_settled.Contains(key.Name))
        {
            _settled.Add(key.Name);
            return TakeAnswer(key, proposal);
        }

        if (KeyConstant.IsAnswerOnly(key.Value))
        {
            return new("7143/6.2", $"{key.Name}={key.Value} answers nothing that was proposed");
        }

        if (key.Row is not { } row)
        {
            answer = KeyConstant.NotUnderstood;
            return null;
        }

        _settled.Add(row.Name);
        if (row.Use == KeyUse.Declarative)
        {
            return TakeDeclaration(row, key.Value);
        }

        // "Left at its current value" (§6.2) is exactly what holds for a session-wide key on a connection that joins a session.
        answer = row.Function == ResultFunction.AlwaysReject || (row.LeadingOnly && !_leading) ? KeyConstant.Reject
            : IsIrrelevant(row) ? KeyConstant.Irrelevant
            : ValueSyntax.IsLegal(row, key.Value) ? Select(row, key.Value)
            : KeyConstant.Reject;
        bool digestRefused = answer == KeyConstant.Reject && IsRequiredDigest(row.Name);
        return digestRefused ? MissingDigest(row.Name) : null;
    }

    private bool IsRequiredDigest(string key) =>
        (key == KeyName.HeaderDigest && _offers.HeaderDigest == DigestPolicy.Require) ||
        (key == KeyName.DataDigest && _offers.DataDigest == DigestPolicy.Require);

    private bool IsIrrelevant(KeyRow row) =>
        (row.IrrelevantInDiscovery && _sessionType == SessionType.Discovery) ||
        (row.Name == KeyName.FirstBurstLength && !Session.AllowsUnsolicitedData);

    private KeyFault? TakeDeclaration(KeyRow row, string value)
    {
        if (!ValueSyntax.IsLegal(row, value))
        {
            return new(row.Section, $"{row.Name} declares an illegal value");
        }

        if (row.Name == KeyName.MaxRecvDataSegmentLength && NumberValue.TryParse(value, out ulong bytes))
        {
            _parameters.Connection = Connection with { PeerMaxRecvDataSegmentLength = (int)bytes };
        }

        return null;
    }

    private KeyFault? TakeAnswer(OfferedKey key, string proposal)
    {
        bool admissible = key.Row is { } row && ResultRules.IsAdmissible(row, proposal, key.Value);
        if (!admissible)
        {
            return new("7143/6.2.2", $"{key.Name} answers our proposal {proposal} with a value that is not admissible");
        }

        _parameters.Store(key.Name, key.Value);
        return null;
    }

    private string Select(KeyRow row, string value)
    {
        string result = row.Function switch
        {
            ResultFunction.Minimum or ResultFunction.Maximum => SelectNumber(row, value),
            _ => ResultRules.Select(row, value, _offers),
        };
        if (result != KeyConstant.Reject)
        {
            _parameters.Store(row.Name, result);
        }

        return result;
    }

    private string SelectNumber(KeyRow row, string value)
    {
        int result = ResultRules.SelectNumber(row, value, _offers);
        switch (row.Name)
        {
            case KeyName.FirstBurstLength:
                result = Math.Min(result, Session.MaxBurstLength);
                break;
            case KeyName.MaxBurstLength when _settled.Contains(KeyName.FirstBurstLength) && ViolatesBurst(result):
                // FirstBurstLength was settled in an earlier request and cannot be lowered any more: this value is not admissible.
                return KeyConstant.Reject;
            case KeyName.MaxOutstandingR2T when Session is { ErrorRecoveryLevel: > 0, DataSequenceInOrder: true }:
                result = 1;
                break;
            case KeyName.ErrorRecoveryLevel when _sessionType == SessionType.Discovery ||
                Session is { MaxOutstandingR2T: > 1, DataSequenceInOrder: true }:
                // §7.4.1: a discovery session is at level 0 whatever is proposed. §13.19: several R2Ts in order exclude recovery.
                result = 0;
                break;
        }

        return $"{result}";
    }

    // In one request FirstBurstLength is settled last, so a value stored for it stems from an earlier one.
    private bool ViolatesBurst(int maxBurstLength) => Session.AllowsUnsolicitedData && Session.FirstBurstLength > maxBurstLength;
}
