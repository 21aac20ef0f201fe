using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Negotiation;
using Blockwire.Wire;

namespace Blockwire.Protocol.Login;

/// <summary>A login whose names are known: its target, what was proved and what was agreed.</summary>
internal sealed class LoginState(LoginNames names, LoginTargetFacts facts, TargetOffers offers)
{
    private readonly SecurityStage _security = new(facts.Authentication);
    private Responder _responder = new(offers, names.SessionType, existing: null);
    private bool _declared;
    private bool _awaitsAnswer;

    public LoginNames Names => names;

    public LoginTargetFacts Facts => facts;

    /// <summary>The session to join, or null on a leading login.</summary>
    public ExistingSession? Existing { get; private set; }

    public string? InitiatorAlias { get; private set; }

    public string? AuthenticatedName => _security.AuthenticatedName;

    public SessionParameters Session => _responder.Session;

    public ConnectionParameters Connection => _responder.Connection;

    /// <summary>During login the default limit holds (RFC 7143 §6.3); an initiator that declared less gets less.</summary>
    public int LongestDataSegment =>
        Math.Min(ConnectionParameters.DefaultMaxRecvDataSegmentLength, Connection.PeerMaxRecvDataSegmentLength);

    /// <summary>The login joins a session: its parameters hold.</summary>
    public void Join(ExistingSession session)
    {
        Existing = session;
        _responder = new Responder(offers, names.SessionType, session.Parameters);
    }

    /// <summary>What the target says first, and whether it talks to this initiator without security (§6.3.1).</summary>
    public LoginRefusal? Open(LoginStage stage, KeyAnswers answers)
    {
        if (stage == LoginStage.LoginOperationalNegotiation && !_security.AllowsNone)
        {
            return new(LoginStatus.AuthenticationFailure,
                $"authentication is required ({string.Join(',', facts.Authentication.Methods)}) and the initiator skips the security stage");
        }

        if (names.TargetName is not null)
        {
            answers.Add(KeyName.TargetPortalGroupTag, $"{facts.PortalGroupTag}");
            if (facts.Alias is { } alias && names.SessionType == SessionType.Normal)
            {
                answers.Add(KeyName.TargetAlias, alias);
            }
        }

        return null;
    }

    public LoginRefusal? OnSecurityKeys(in LoginRequest request, List<OfferedKey> keys, KeyAnswers answers)
    {
        if (TakeAlias(keys) is { } badAlias)
        {
            return badAlias;
        }

        return _security.OnKeys(keys, answers) ?? (request.Transit ? _security.OnTransit(answers) : null);
    }

    public LoginRefusal? OnOperationalKeys(in LoginRequest request, List<OfferedKey> keys, KeyAnswers answers)
    {
        if (TakeAlias(keys) is { } badAlias)
        {
            return badAlias;
        }

        // An answer to our proposals is due in the very next keys.
        _awaitsAnswer = false;
        if (_responder.Answer(keys.FindAll(static key => key.Row is not { FirstRequestOnly: true }), answers) is { } fault)
        {
            return LoginRefusal.Of(fault);
        }

        if (!_declared)
        {
            _declared = true;
            _responder.Declare(answers);
        }

        _awaitsAnswer = request is { Transit: true, NextStage: LoginStage.FullFeaturePhase } && _responder.Propose(answers);
        return null;
    }

    /// <summary>True when the target has nothing more to ask in this stage.</summary>
    public bool MayLeave(LoginStage stage) => stage == LoginStage.SecurityNegotiation ? _security.IsComplete : !_awaitsAnswer;

    /// <summary>
    /// The stage to move to: what the initiator proposes, unless it wants to skip the operational stage and the target has to propose keys of
    /// its own there (§6.3: the selected stage must not exceed the proposed one).
    /// </summary>
    public LoginStage SelectNextStage(in LoginRequest request) =>
        request.CurrentStage == LoginStage.SecurityNegotiation && _responder.WantsToPropose
            ? LoginStage.LoginOperationalNegotiation
            : request.NextStage;

    public KeyFault? CheckIntegrity() => _responder.CheckIntegrity();

    private LoginRefusal? TakeAlias(List<OfferedKey> keys)
    {
        foreach (OfferedKey key in keys)
        {
            if (key.Row is { Name: KeyName.InitiatorAlias } row)
            {
                if (!ValueSyntax.IsLegal(row, key.Value))
                {
                    return LoginRefusal.InitiatorError("InitiatorAlias has an illegal value");
                }

                InitiatorAlias = key.Value;
            }
        }

        return null;
    }
}
