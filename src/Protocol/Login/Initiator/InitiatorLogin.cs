using System.Collections.Immutable;
using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Naming;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Text;
using Blockwire.Wire;

namespace Blockwire.Protocol.Login;

/// <summary>
/// The login phase of one connection, seen by the initiator (RFC 7143 §6.3, §11.12, §11.13). Gives Login Requests, takes Login Responses, and ends in the
/// full feature phase or with a failure. Whatever the target sends, it ends, and never with an exception. Not safe for use by several threads at once.
/// </summary>
public sealed class InitiatorLogin
{
    private readonly LoginPlan _plan;
    private readonly InitiatorSecurity? _security;
    private readonly OperationalProposals _operational;
    private readonly IncomingText _incoming;
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly List<string> _notes = [];
    private readonly LoginResponseRules _rules;
    private LoginRequest _request;
    private LoginStage _stage;
    private OutgoingText? _outgoing;
    private bool _wantsTransit;
    private bool _firstTextTaken;
    private ushort? _portalGroupTag;
    private string? _targetAlias;
    private int _requests;
    private bool _started;
    private bool _over;

    /// <summary>A login that has not begun.</summary>
    /// <param name="plan">What it starts from; checked.</param>
    /// <param name="random">Source of challenges.</param>
    public InitiatorLogin(LoginPlan plan, RandomSource random)
    {
        ArgumentNullException.ThrowIfNull(plan);
        _plan = plan.Validated();
        _security = plan.Credentials is { } credentials ? new InitiatorSecurity(credentials, plan.Quirks, random) : null;
        _operational = new OperationalProposals(plan.Offers, plan.SessionType, plan.Existing);
        _incoming = new IncomingText(plan.Limits.MaxTextBytes);
        _rules = new LoginResponseRules(plan);
        NoteShortSecrets();
    }

    /// <summary>The first request. Called once, before anything else.</summary>
    /// <exception cref="InvalidOperationException">It was called before.</exception>
    public InitiatorLoginStep Start()
    {
        if (_started)
        {
            throw new InvalidOperationException("A login starts once.");
        }

        _started = true;
        KeyAnswers text = new(_plan.Limits.MaxTextBytes);
        text.Add(KeyName.InitiatorName, _plan.InitiatorName.Text);
        if (_plan.InitiatorAlias is { } alias)
        {
            text.Add(KeyName.InitiatorAlias, alias);
        }

        // §13.21: on the leading connection only.
        if (_plan.Tsih == 0)
        {
            text.Add(KeyName.SessionType, _plan.SessionType.ToString());
        }

        if (_plan.TargetName is { } target)
        {
            text.Add(KeyName.TargetName, target.Text);
        }

        return _security is null ? OpenOperational(text) : OpenSecurity(_security, text);
    }

    /// <summary>Takes a Login Response.</summary>
    /// <param name="response">Its header.</param>
    /// <param name="numbers">Its StatSN, ExpCmdSN and MaxCmdSN.</param>
    /// <param name="data">Its data segment; not kept.</param>
    public InitiatorLoginStep OnResponse(in LoginResponse response, in TargetNumbers numbers, ReadOnlySpan<byte> data)
    {
        if (!_started || _over)
        {
            return Fail("7143/11.13", "a Login Response came that answers no request");
        }

        if (response.Status != LoginStatus.Success)
        {
            return Fail(LoginRefusals.Read(response.Status, data, _security?.ChapAlgorithm));
        }

        if (_rules.Check(response, numbers, _request, _notes) is { } fault)
        {
            return Fail(InitiatorLoginFailure.Of(fault));
        }

        if (data.Length > ConnectionParameters.DefaultMaxRecvDataSegmentLength)
        {
            return Fail("7143/6.3", $"a Login Response has {data.Length} bytes of text; the limit during login is {ConnectionParameters.DefaultMaxRecvDataSegmentLength}");
        }

        return _outgoing is null ? Take(response, numbers, data)
            : data.IsEmpty && !response.Continue ? Send()
            : Fail("7143/6.2", "the target sends keys while ours are still under way");
    }

    /// <summary>Takes a Login Response whose header breaks a rule of its own.</summary>
    /// <param name="check">The rule broken.</param>
    public InitiatorLoginStep OnMalformed(in PduCheck check) =>
        Fail(new(LoginFailureKind.TargetBrokeRule, $"the target sends a malformed Login Response: it must be that {check.Rule}"));

    /// <summary>Takes anything but a Login Response.</summary>
    /// <param name="opcode">What came instead.</param>
    public InitiatorLoginStep OnOtherPdu(Opcode opcode) => Fail("7143/6.3", $"a PDU with opcode 0x{(byte)opcode:X2} came during login");

    private InitiatorLoginStep OpenSecurity(InitiatorSecurity security, KeyAnswers text)
    {
        _stage = LoginStage.SecurityNegotiation;
        security.Open(text);
        return SendText(text, transit: false);
    }

    private InitiatorLoginStep OpenOperational(KeyAnswers text)
    {
        _stage = LoginStage.LoginOperationalNegotiation;
        _operational.Propose(text);
        return SendText(text, transit: true);
    }

    private InitiatorLoginStep SendText(KeyAnswers text, bool transit)
    {
        _outgoing = new OutgoingText(text.ToArray());
        _wantsTransit = transit;
        return text.Overflowed ? Fail("7143/6.1", $"our keys exceed {_plan.Limits.MaxTextBytes} bytes") : Send();
    }

    private InitiatorLoginStep Send()
    {
        if (++_requests > _plan.Limits.MaxRequests)
        {
            return Fail("7143/6.2", $"the login does not end within {_plan.Limits.MaxRequests} requests");
        }

        ReadOnlyMemory<byte> segment = _outgoing!.Next(ConnectionParameters.DefaultMaxRecvDataSegmentLength);
        bool more = _outgoing.Remaining > 0;
        _outgoing = more ? _outgoing : null;
        bool transit = _wantsTransit && !more;
        LoginStage next = !transit ? default
            : _stage == LoginStage.SecurityNegotiation ? LoginStage.LoginOperationalNegotiation
            : LoginStage.FullFeaturePhase;
        _request = new LoginRequest(transit, more, _stage, next, 0, 0, _plan.Isid, _plan.Tsih, _plan.InitiatorTaskTag, _plan.Cid);
        return new InitiatorLoginStep
        {
            Next = InitiatorLoginNext.Send,
            Request = _request,
            Numbers = new(_plan.CmdSN, _rules.NextStatSN ?? _plan.ExpStatSN),
            Data = segment,
        };
    }

    private InitiatorLoginStep Take(in LoginResponse response, in TargetNumbers numbers, ReadOnlySpan<byte> data)
    {
        if (!_incoming.TryAppend(data))
        {
            return Fail("7143/6.1", $"the target sends more than {_plan.Limits.MaxTextBytes} bytes of login text");
        }

        KeyAnswers answers = new(_plan.Limits.MaxTextBytes);
        if (response.Continue)
        {
            // §6.2: no data in answer to the C bit.
            return SendText(answers, _wantsTransit);
        }

        if (_incoming.Read(_seen, out List<OfferedKey> keys) is { } malformed)
        {
            return Fail(InitiatorLoginFailure.Of(malformed));
        }

        if ((OnKeys(keys, answers) ?? CheckPortalGroup()) is { } failure)
        {
            return Fail(failure);
        }

        if (!response.Transit)
        {
            return SendText(answers, _stage == LoginStage.LoginOperationalNegotiation || _security!.WantsTransit);
        }

        return answers.IsEmpty ? Transit(numbers, response.Tsih)
            : Fail("7143/11.13.6", "the target leaves the stage with keys that want an answer");
    }

    private InitiatorLoginFailure? OnKeys(List<OfferedKey> keys, KeyAnswers answers)
    {
        List<OfferedKey> security = [];
        foreach (OfferedKey key in keys)
        {
            InitiatorLoginFailure? failure = null;
            if (key.Row is not { } row)
            {
                failure = AnswerUnknown(key, answers);
            }
            else if (row.Function == ResultFunction.ByAuthMethod || row.Name == KeyName.AuthMethod)
            {
                failure = _stage == LoginStage.SecurityNegotiation ? null : OutOfStage(row);
                security.Add(key);
            }
            else
            {
                failure = OnKey(row, key.Value, answers);
            }

            if (failure is not null)
            {
                return failure;
            }
        }

        return _stage == LoginStage.SecurityNegotiation ? _security!.OnKeys(security, answers) : null;
    }

    private InitiatorLoginFailure? OnKey(KeyRow row, string value, KeyAnswers answers)
    {
        KeyStages now = _stage == LoginStage.SecurityNegotiation ? KeyStages.Security : KeyStages.Operational;
        if (!row.FromTarget.HasFlag(now) && row.Function != ResultFunction.AlwaysReject)
        {
            return OutOfStage(row);
        }

        if (row.Name is not (KeyName.TargetPortalGroupTag or KeyName.TargetAlias or KeyName.TargetAddress))
        {
            return now == KeyStages.Security ? OutOfStage(row)
                : _operational.Take(row, value, answers) is { } fault ? InitiatorLoginFailure.Of(fault)
                : null;
        }

        if (!ValueSyntax.IsLegal(row, value))
        {
            return InitiatorLoginFailure.BrokenRule(row.Section, $"{row.Name} has an illegal value");
        }

        if (row.Name == KeyName.TargetPortalGroupTag && NumberValue.TryParse(value, out ulong tag))
        {
            _portalGroupTag = (ushort)tag;
        }
        else if (row.Name == KeyName.TargetAlias)
        {
            _targetAlias = value;
        }

        return null;
    }

    private static InitiatorLoginFailure? AnswerUnknown(in OfferedKey key, KeyAnswers answers)
    {
        if (KeyConstant.IsAnswerOnly(key.Value))
        {
            return InitiatorLoginFailure.BrokenRule("7143/6.2", $"{key.Name}={key.Value} answers nothing that was proposed");
        }

        answers.Add(key.Name, KeyConstant.NotUnderstood);
        return null;
    }

    private InitiatorLoginFailure OutOfStage(KeyRow row) =>
        InitiatorLoginFailure.BrokenRule("7143/6.3", $"{row.Name} is not for a target to send in stage {(int)_stage}");

    // §13.9: the tag comes with the first text of the target, when a target was named.
    private InitiatorLoginFailure? CheckPortalGroup()
    {
        if (_firstTextTaken)
        {
            return null;
        }

        _firstTextTaken = true;
        if (_portalGroupTag is null && _plan.TargetName is not null)
        {
            // Nothing of ours hangs on it unless a certain group is expected, so a target that forgets it is served all the same.
            _notes.Add("the target does not tell its TargetPortalGroupTag (RFC 7143/13.9)");
        }

        return _plan.ExpectedPortalGroupTag is { } expected && _portalGroupTag != expected
            ? new(LoginFailureKind.WrongPortalGroup, _portalGroupTag is { } other
                ? $"portal group {other} serves this address, and the session is with portal group {expected} (RFC 7143/13.9)"
                : $"the target does not tell whether portal group {expected} serves this address (RFC 7143/13.9)")
            : null;
    }

    private InitiatorLoginStep Transit(in TargetNumbers numbers, ushort tsih)
    {
        if (_stage == LoginStage.SecurityNegotiation)
        {
            return _security!.OnTransit() is { } notProved ? Fail(notProved) : OpenOperational(new KeyAnswers(_plan.Limits.MaxTextBytes));
        }

        if (_operational.Close(_plan.Quirks, _notes) is { } fault)
        {
            return Fail(InitiatorLoginFailure.Of(fault));
        }

        if (_operational.MissingDigest() is { } digest)
        {
            return Fail(new(LoginFailureKind.PolicyNotMet, $"our policy requires {digest}=CRC32C and the target does not grant it (RFC 7143/13.1)"));
        }

        _over = true;
        return new InitiatorLoginStep { Next = InitiatorLoginNext.FullFeature, Outcome = Outcome(numbers, tsih) };
    }

    private InitiatorLoginOutcome Outcome(in TargetNumbers numbers, ushort tsih) => new()
    {
        Tsih = tsih,
        SessionParameters = _operational.Session,
        ConnectionParameters = _operational.Connection,
        TargetAlias = _targetAlias,
        PortalGroupTag = _portalGroupTag,
        NextStatSN = numbers.StatSN + 1,
        ExpCmdSN = numbers.ExpCmdSN,
        MaxCmdSN = numbers.MaxCmdSN,
        AuthenticationMethod = _security?.Method,
        ChapAlgorithm = _security?.ChapAlgorithm,
        IsTargetAuthenticated = _security is { IsTargetAuthenticated: true },
        Keys = _operational.Keys,
        Notes = [.. _notes],
    };

    private InitiatorLoginStep Fail(string rule, string why) => Fail(InitiatorLoginFailure.BrokenRule(rule, why));

    private InitiatorLoginStep Fail(InitiatorLoginFailure failure)
    {
        _over = true;
        return InitiatorLoginStep.Fail(failure);
    }

    private void NoteShortSecrets()
    {
        foreach (ChapCredential credential in new[] { _plan.Credentials?.Own, _plan.Credentials?.Target }.OfType<ChapCredential>())
        {
            if (credential.Secret.IsShort)
            {
                _notes.Add(ChapReview.ShortSecret(credential));
            }
        }
    }
}
