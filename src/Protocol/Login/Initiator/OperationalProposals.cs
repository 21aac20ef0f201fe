using System.Collections.Immutable;
using System.Globalization;
using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Negotiation;

namespace Blockwire.Protocol.Login;

/// <summary>The initiator's operational keys: what it proposes, what it makes of the answers, and how it answers proposals of the target (RFC 7143 §6.2, §13).</summary>
internal sealed class OperationalProposals
{
    private readonly InitiatorOffers _offers;
    private readonly SessionType _sessionType;
    private readonly bool _leading;
    private readonly Parameters _parameters;
    private readonly Dictionary<string, string> _open = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NegotiatedKey> _keys = new(StringComparer.Ordinal);

    /// <summary>The keys of one login.</summary>
    /// <param name="offers">Our side; checked.</param>
    /// <param name="sessionType">Decides relevance.</param>
    /// <param name="existing">Null on a leading login.</param>
    public OperationalProposals(InitiatorOffers offers, SessionType sessionType, SessionParameters? existing)
    {
        // §7.4.1: a discovery session is at level 0.
        _offers = sessionType == SessionType.Discovery ? offers with { ErrorRecoveryLevel = 0 } : offers;
        _sessionType = sessionType;
        _leading = existing is null;
        _parameters = new Parameters(existing ?? SessionParameters.Default);
    }

    public SessionParameters Session => _parameters.Session;

    public ConnectionParameters Connection => _parameters.Connection;

    /// <summary>Every key so far, in the order of the table; strangers last.</summary>
    public ImmutableArray<NegotiatedKey> Keys =>
        [.. KeyTable.Rows.Where(row => _keys.ContainsKey(row.Name)).Select(row => _keys[row.Name])];

    /// <summary>Says all that we propose and declare.</summary>
    public void Propose(KeyAnswers request)
    {
        foreach (KeyRow row in KeyTable.Rows)
        {
            if (Proposal(row) is not { } value)
            {
                continue;
            }

            request.Add(row.Name, value);
            if (row.Use == KeyUse.Declarative)
            {
                _parameters.Connection = Connection with { MaxRecvDataSegmentLength = _offers.MaxRecvDataSegmentLength };
            }
            else
            {
                _open.Add(row.Name, value);
            }

            _keys[row.Name] = new(row.Name, value, null, row.Default ?? "");
        }
    }

    /// <summary>Takes one key of the target's: an answer, a declaration or a proposal.</summary>
    /// <param name="row">Its row.</param>
    /// <param name="value">Its value, unchecked.</param>
    /// <param name="answers">Takes the answer to a proposal.</param>
    public KeyFault? Take(KeyRow row, string value, KeyAnswers answers) =>
        _open.Remove(row.Name, out string? proposal) ? TakeAnswer(row, proposal, value)
        : KeyConstant.IsAnswerOnly(value) ? new("7143/6.2", $"{row.Name}={value} answers nothing that was proposed")
        : row.Use == KeyUse.Declarative ? TakeDeclaration(row, value)
        : AnswerProposal(row, value, answers);

    /// <summary>The stage is over: has everything been answered, and do the results go together?</summary>
    /// <param name="quirks">What is overlooked.</param>
    /// <param name="notes">Takes what was overlooked.</param>
    public KeyFault? Close(LoginQuirks quirks, List<string> notes)
    {
        foreach ((string name, string proposal) in _open)
        {
            if (ResultRules.WithoutAnswer(KeyTable.Find(name)!, proposal) is { } result)
            {
                Settle(name, proposal, null, result);
            }
            else if (IsNewerThanRfc3720(name) || _sessionType == SessionType.Discovery || quirks.HasFlag(LoginQuirks.UnansweredKeys))
            {
                notes.Add($"the target does not answer {name}={proposal}, so its default holds (RFC 7143/6.2.2)");
            }
            else
            {
                return new("7143/6.2.2", $"the target does not answer {name}={proposal}");
            }
        }

        _open.Clear();
        return CheckIntegrity(notes);
    }

    /// <summary>The digest that our policy demands and that was not granted, or null.</summary>
    public string? MissingDigest() =>
        _offers.HeaderDigest == DigestPolicy.Require && Connection.HeaderDigest == DigestKind.None ? KeyName.HeaderDigest
        : _offers.DataDigest == DigestPolicy.Require && Connection.DataDigest == DigestKind.None ? KeyName.DataDigest
        : null;

    // Targets made for RFC 3720 know neither; no rule of theirs is broken by NotUnderstood (product: peers of RFC 3720).
    private static bool IsNewerThanRfc3720(string key) => key is KeyName.TaskReporting or KeyName.ProtocolLevel;

    private string? Proposal(KeyRow row)
    {
        if ((row.LeadingOnly && !_leading) || IsIrrelevant(row))
        {
            return null;
        }

        return row.Name switch
        {
            KeyName.ProtocolLevel when _offers.ProtocolLevel < 2 => null,
            KeyName.TaskReporting when _offers.TaskReporting is [TaskReporting.Rfc3720] => null,
            _ => OfferLookup.Number(_offers, row.Name)?.ToString(CultureInfo.InvariantCulture)
                ?? (OfferLookup.Boolean(_offers, row.Name) is { } flag ? ResultRules.Word(flag) : null)
                ?? (OfferLookup.List(_offers, row.Name) is { Length: > 0 } list ? string.Join(',', list) : null),
        };
    }

    private bool IsIrrelevant(KeyRow row) =>
        (row.IrrelevantInDiscovery && _sessionType == SessionType.Discovery) ||
        (row.Name == KeyName.FirstBurstLength && _offers is { InitialR2T: true, ImmediateData: false });

    private KeyFault? TakeAnswer(KeyRow row, string proposal, string value)
    {
        if (value == KeyConstant.NotUnderstood && !IsNewerThanRfc3720(row.Name))
        {
            return new("7143/6.2", $"{row.Name}=NotUnderstood: every target must know the key");
        }

        if (KeyConstant.IsAnswerOnly(value))
        {
            _keys[row.Name] = new(row.Name, proposal, value, row.Default ?? "");
            return null;
        }

        if (!ResultRules.IsAdmissible(row, proposal, value))
        {
            return new("7143/6.2.2", $"{row.Name}={Shown(value)} does not answer our {proposal}");
        }

        Settle(row.Name, proposal, value, value);
        return null;
    }

    private void Settle(string name, string proposal, string? answer, string result)
    {
        _parameters.Store(name, result);
        _keys[name] = new(name, proposal, answer, result);
    }

    private KeyFault? TakeDeclaration(KeyRow row, string value)
    {
        if (!ValueSyntax.IsLegal(row, value))
        {
            return new(row.Section, $"{row.Name}={Shown(value)} is no legal value");
        }

        if (row.Name == KeyName.MaxRecvDataSegmentLength && NumberValue.TryParse(value, out ulong bytes))
        {
            _parameters.Connection = Connection with { PeerMaxRecvDataSegmentLength = (int)bytes };
        }

        _keys[row.Name] = new(row.Name, _keys.GetValueOrDefault(row.Name)?.Offer, value, value);
        return null;
    }

    private KeyFault? AnswerProposal(KeyRow row, string value, KeyAnswers answers)
    {
        // A session-wide key on a connection that joins keeps its value, which is what Reject says (§6.2).
        string answer = row.Function == ResultFunction.AlwaysReject || (row.LeadingOnly && !_leading) || !ValueSyntax.IsLegal(row, value) ? KeyConstant.Reject
            : IsIrrelevant(row) ? KeyConstant.Irrelevant
            : ResultRules.Select(row, value, _offers);
        answers.Add(row.Name, answer);
        bool settled = !KeyConstant.IsAnswerOnly(answer);
        if (settled)
        {
            _parameters.Store(row.Name, answer);
        }

        _keys[row.Name] = new(row.Name, answer, value, settled ? answer : row.Default ?? "");
        return null;
    }

    private KeyFault? CheckIntegrity(List<string> notes)
    {
        if (!_leading || _sessionType == SessionType.Discovery)
        {
            return null;
        }

        if (Session.AllowsUnsolicitedData && Session.FirstBurstLength > Session.MaxBurstLength)
        {
            return new("7143/13.14", $"FirstBurstLength {Session.FirstBurstLength} exceeds MaxBurstLength {Session.MaxBurstLength}");
        }

        if (Session is { ErrorRecoveryLevel: > 0, DataSequenceInOrder: true, MaxOutstandingR2T: > 1 })
        {
            // It binds the target alone, which may have several R2Ts outstanding and then cannot recover them in order.
            notes.Add($"the target keeps MaxOutstandingR2T={Session.MaxOutstandingR2T} although recovery and DataSequenceInOrder=Yes ask for 1 (RFC 7143/13.19)");
        }

        return null;
    }

    private static string Shown(string value) => value.Length <= 40 && !value.Any(char.IsControl) ? value : "...";
}
