using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Text;
using Blockwire.Wire;

namespace Blockwire.Protocol.Login;

/// <summary>
/// The login phase of one connection, seen by the target (RFC 7143 §6.3, §11.12, §11.13). Takes Login Requests, gives Login Responses, and
/// ends in the full feature phase or with the connection closed. Not safe for use by several threads at once.
/// </summary>
public sealed class TargetLogin
{
    private readonly ILoginDirectory _directory;
    private readonly TargetOffers _offers;
    private readonly LoginLimits _limits;
    private readonly IncomingText _incoming;
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private LoginConstants? _constants;
    private LoginStage? _stage;
    private LoginState? _state;
    private OutgoingText? _pending;
    private Serial32 _statSN;
    private Serial32 _firstCmdSN;
    private Serial32 _firstExpStatSN;
    private int _requests;
    private bool _over;

    /// <summary>A login that has not begun.</summary>
    /// <param name="directory">Targets and sessions.</param>
    /// <param name="offers">What the target supports; checked.</param>
    /// <param name="limits">Bounds on text and requests.</param>
    /// <param name="firstStatSN">StatSN of the first response (§11.13.4).</param>
    public TargetLogin(ILoginDirectory directory, TargetOffers offers, LoginLimits limits, Serial32 firstStatSN = default)
    {
        ArgumentNullException.ThrowIfNull(offers);
        _directory = directory;
        _offers = offers.Validated();
        _limits = limits;
        _incoming = new IncomingText(limits.MaxTextBytes);
        _statSN = firstStatSN;
    }

    /// <summary>The initiator's normalised name once it is known, for log lines; not proved before the login is complete.</summary>
    public string? InitiatorName => _state?.Names.InitiatorName;

    /// <summary>The target's normalised name once it is known, for log lines.</summary>
    public string? TargetName => _state?.Names.TargetName;

    /// <summary>Answers one Login Request.</summary>
    /// <param name="request">Its header.</param>
    /// <param name="numbers">Its CmdSN and ExpStatSN.</param>
    /// <param name="data">Its data segment; not kept.</param>
    public LoginStep OnRequest(in LoginRequest request, in InitiatorNumbers numbers, ReadOnlySpan<byte> data)
    {
        if (_over)
        {
            return Refuse(request, new(LoginStatus.InvalidDuringLogin, "a Login Request came after the login was over"));
        }

        if (_constants is null)
        {
            (_firstCmdSN, _firstExpStatSN) = (numbers.CmdSN, numbers.ExpStatSN);
        }

        if (CheckHeader(request) is { } badHeader)
        {
            return Refuse(request, badHeader);
        }

        _stage = request.CurrentStage;
        if (Take(request, data) is { } refusal)
        {
            return Refuse(request, refusal);
        }

        return request.Continue ? Respond(request, transit: false, more: false, default) : Send(request);
    }

    /// <summary>Answers a Login Request whose header breaks a rule of its own: login status 0x0200, then close (§7.7, §11.13.5).</summary>
    /// <param name="request">The header as far as it was read.</param>
    /// <param name="check">The rule broken.</param>
    public LoginStep OnMalformed(in LoginRequest request, in PduCheck check) =>
        Refuse(request, LoginRefusal.InitiatorError($"malformed Login Request (RFC {check.Rule})"));

    /// <summary>
    /// Answers anything but a Login Request. Before the first Login Request the connection is closed without an answer; afterwards the answer is
    /// a Login Response with status 0x020B (§4.2.4).
    /// </summary>
    /// <param name="opcode">What came instead.</param>
    /// <returns>The step to take, or null when the connection is to be closed with no response.</returns>
    public LoginStep? OnOtherPdu(Opcode opcode)
    {
        if (_constants is not { } constants)
        {
            _over = true;
            return null;
        }

        LoginRequest echo = new(false, false, default, default, 0, 0, constants.Isid, constants.Tsih, constants.InitiatorTaskTag, constants.Cid);
        return Refuse(echo, new(LoginStatus.InvalidDuringLogin, $"a PDU with opcode 0x{(byte)opcode:X2} came during login"));
    }

    private LoginRefusal? CheckHeader(in LoginRequest request)
    {
        LoginConstants constants = new(request);
        if (_constants is { } first && first.FirstChange(constants) is { } changed)
        {
            return LoginRefusal.InitiatorError($"{changed} changed during the login (RFC 7143/6.3)");
        }

        _constants ??= constants;
        if (request.VersionMin > 0)
        {
            return new(LoginStatus.UnsupportedVersion, $"versions {request.VersionMin} to {request.VersionMax} are offered, only 0 is supported");
        }

        if (++_requests > _limits.MaxRequests)
        {
            return LoginRefusal.InitiatorError($"more than {_limits.MaxRequests} Login Requests");
        }

        return StageRules.Check(_stage, request) is { } why ? LoginRefusal.InitiatorError($"{why} (RFC 7143/6.3)") : null;
    }

    private LoginRefusal? Take(in LoginRequest request, ReadOnlySpan<byte> data)
    {
        if (_pending is not null)
        {
            return data.IsEmpty && !request.Continue ? null
                : LoginRefusal.InitiatorError("keys came while our answer was still under way (RFC 7143/6.2)");
        }

        if (!_incoming.TryAppend(data))
        {
            return new(LoginStatus.OutOfResources, $"more than {_limits.MaxTextBytes} bytes of login text");
        }

        if (request.Continue)
        {
            return null;
        }

        if (_incoming.Read(_seen, out List<OfferedKey> keys) is { } malformed)
        {
            return LoginRefusal.Of(malformed);
        }

        KeyAnswers answers = new(_limits.MaxTextBytes);
        if (OnKeys(request, keys, answers) is { } refusal)
        {
            return refusal;
        }

        _pending = new OutgoingText(answers.ToArray());
        return answers.Overflowed ? new(LoginStatus.OutOfResources, $"the answer exceeds {_limits.MaxTextBytes} bytes") : null;
    }

    private LoginRefusal? OnKeys(in LoginRequest request, List<OfferedKey> keys, KeyAnswers answers)
    {
        // §6.3 wants no key twice. libiscsi up to 1.19, and QEMU and libvirt with it, say the names again in the operational stage when they were
        // given credentials and AuthMethod=None is agreed: what has its old value there changes nothing, and is not looked at again.
        if (request.CurrentStage == LoginStage.LoginOperationalNegotiation && _state?.Names is { } names)
        {
            keys.RemoveAll(key => names.Repeats(key));
        }

        if (KeyPermission.Check(keys, request.CurrentStage, _state is null) is { } fault)
        {
            return LoginRefusal.Of(fault);
        }

        if (_state is null && Begin(request, keys, answers) is { } refusal)
        {
            return refusal;
        }

        return request.CurrentStage == LoginStage.SecurityNegotiation
            ? _state!.OnSecurityKeys(request, keys, answers)
            : _state!.OnOperationalKeys(request, keys, answers);
    }

    private LoginRefusal? Begin(in LoginRequest request, List<OfferedKey> keys, KeyAnswers answers)
    {
        if (LoginNames.Read(keys, out LoginNames names) is { } badNames)
        {
            return badNames;
        }

        LoginTargetFacts? discovery = names.SessionType == SessionType.Discovery ? _directory.FindDiscovery(names.InitiatorName) : null;
        if (names.SessionType == SessionType.Discovery && discovery is null)
        {
            return new(LoginStatus.SessionTypeNotSupported, "discovery is not offered here");
        }

        LoginTargetFacts? facts = names.TargetName is { } target ? _directory.FindTarget(target, names.InitiatorName) : discovery;
        if (facts is null)
        {
            return new(LoginStatus.NotFound, $"there is no target {names.TargetName} here");
        }

        // To name a target must not be a way round what discovery asks for.
        facts = discovery is null ? facts : facts with { Authentication = discovery.Authentication };
        if (facts.Status != LoginStatus.Success)
        {
            return new LoginRedirect(facts.Status, $"target {names.TargetName} answers with status 0x{(ushort)facts.Status:X4}", facts.RedirectAddresses);
        }

        LoginState state = new(names, facts, _offers);
        if (request.Tsih != 0)
        {
            LoginStatus status = _directory.CheckExisting(Candidate(request, state), out ExistingSession? session);
            if (status != LoginStatus.Success || session is null)
            {
                return new(status == LoginStatus.Success ? LoginStatus.SessionDoesNotExist : status,
                    $"connection {request.Cid} cannot join session {request.Tsih}");
            }

            state.Join(session);
        }

        _state = state;
        return state.Open(request.CurrentStage, answers);
    }

    private LoginCandidate Candidate(in LoginRequest request, LoginState state) => new(
        state.Names.SessionType, state.Names.InitiatorName, state.InitiatorAlias, state.Names.TargetName, state.Facts.PortalGroupTag,
        request.Isid, request.Tsih, request.Cid, state.AuthenticatedName, _firstCmdSN, _firstExpStatSN, state.Session, state.Connection);

    private LoginStep Send(in LoginRequest request)
    {
        LoginState state = _state!;
        ReadOnlyMemory<byte> segment = _pending!.Next(state.LongestDataSegment);
        if (_pending.Remaining > 0)
        {
            return Respond(request, transit: false, more: true, segment);
        }

        _pending = null;
        if (!request.Transit || !state.MayLeave(request.CurrentStage))
        {
            return Respond(request, transit: false, more: false, segment);
        }

        LoginStage next = state.SelectNextStage(request);
        return next == LoginStage.FullFeaturePhase ? Finish(request, state, segment) : Transit(request, next, segment);
    }

    private LoginStep Transit(in LoginRequest request, LoginStage next, ReadOnlyMemory<byte> segment)
    {
        _stage = next;
        return Respond(request, transit: true, more: false, segment, next);
    }

    private LoginStep Finish(in LoginRequest request, LoginState state, ReadOnlyMemory<byte> segment)
    {
        if (state.CheckIntegrity() is { } fault)
        {
            return Refuse(request, LoginRefusal.Of(fault));
        }

        LoginAdmission admission = _directory.Admit(Candidate(request, state));
        if (admission.Status != LoginStatus.Success)
        {
            return Refuse(request, new(admission.Status, admission.Why ?? "the session was not admitted"));
        }

        _over = true;
        Serial32 statSN = _statSN++;
        return new LoginStep
        {
            Response = Response(request, true, false, LoginStage.FullFeaturePhase, LoginStatus.Success) with { Tsih = admission.Tsih },
            Numbers = new(statSN, admission.ExpCmdSN, admission.MaxCmdSN),
            Data = segment,
            Next = LoginNext.FullFeature,
            Outcome = Outcome(request, state, admission),
        };
    }

    private LoginOutcome Outcome(in LoginRequest request, LoginState state, in LoginAdmission admission) => new()
    {
        SessionType = state.Names.SessionType,
        InitiatorName = state.Names.InitiatorName,
        InitiatorAlias = state.InitiatorAlias,
        TargetName = state.Names.TargetName,
        PortalGroupTag = state.Facts.PortalGroupTag,
        Isid = request.Isid,
        Tsih = admission.Tsih,
        Cid = request.Cid,
        IsLeading = request.Tsih == 0,
        AuthenticatedName = state.AuthenticatedName,
        SessionParameters = state.Session,
        ConnectionParameters = state.Connection,
        FirstCmdSN = request.Tsih == 0 ? _firstCmdSN : admission.ExpCmdSN,
        NextStatSN = _statSN,
        Admitted = admission.Admitted,
    };

    private LoginStep Respond(
        in LoginRequest request, bool transit, bool more, ReadOnlyMemory<byte> segment, LoginStage next = LoginStage.SecurityNegotiation)
    {
        // A new session expects the CmdSN it began with and lets one command in until it is admitted (§11.12.8).
        Serial32 expCmdSN = _state?.Existing?.ExpCmdSN ?? _firstCmdSN;
        return new LoginStep
        {
            Response = Response(request, transit, more, next, LoginStatus.Success),
            Numbers = new(_statSN++, expCmdSN, _state?.Existing?.MaxCmdSN ?? expCmdSN),
            Data = segment,
            Next = LoginNext.Continue,
        };
    }

    private LoginStep Refuse(in LoginRequest request, LoginRefusal refusal)
    {
        _over = true;
        return new LoginStep
        {
            // T, CSG and NSG are reserved in a Login reject (§6.3.1).
            Response = Response(request, false, false, default, refusal.Status) with { CurrentStage = default },
            Numbers = default,
            Data = refusal is LoginRedirect redirect ? redirect.ToText(_limits.MaxTextBytes) : default,
            Next = LoginNext.Close,
            Why = refusal.Why,
        };
    }

    private static LoginResponse Response(in LoginRequest request, bool transit, bool more, LoginStage next, LoginStatus status) =>
        new(transit, more, request.CurrentStage, next, 0, 0, request.Isid, request.Tsih, request.InitiatorTaskTag, status);
}
