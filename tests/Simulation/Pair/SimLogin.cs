using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Naming;
using Blockwire.Protocol.Negotiation;
using Blockwire.Wire;

namespace Blockwire.Simulation.Tests;

/// <summary>The login of one connection: the product's login core, with what the session core knows.</summary>
internal sealed class SimLogin
{
    private readonly SimInitiator _initiator;
    private readonly InitiatorConnection _connection;
    private readonly Link _link;
    private readonly InitiatorLogin _login;

    public SimLogin(SimInitiator initiator, InitiatorConnection connection, Link link)
    {
        _initiator = initiator;
        _connection = connection;
        _link = link;
        InitiatorSession session = initiator.Core;
        bool leads = connection.Purpose == ConnectionPurpose.Leading;
        _ = IscsiName.TryParse("iqn.2026-11.local.test:host", out IscsiName name, out _);
        _ = IscsiName.TryParse(SimTarget.Name, out IscsiName target, out _);
        LoginPlan plan = new()
        {
            InitiatorName = name,
            TargetName = target,
            Isid = initiator.Isid,
            Tsih = leads ? (ushort)0 : session.Tsih,
            Existing = leads ? null : session.Parameters,
            Cid = connection.Cid,
            Offers = initiator.World.Scenario.Offers,
            CmdSN = session.Numbers.CmdSN,
            ExpStatSN = connection.Replaces?.ExpStatSN ?? default,
        };
        _login = new InitiatorLogin(plan, static bytes => bytes.Fill(7));
    }

    public void Start() => Follow(_login.Start());

    /// <summary>Takes what came. Not null: the login has succeeded.</summary>
    public InitiatorLoginOutcome? Take(ReadOnlySpan<byte> frame, ReadOnlySpan<byte> data)
    {
        BrokenRuleException.Unless(new BhsView(frame).Opcode == Opcode.LoginResponse, "a login is answered with Login Responses");
        PduCheck check = LoginResponse.Parse(new LoginResponseView(frame), out LoginResponse response);
        InitiatorLoginStep step = check.IsOk ? _login.OnResponse(response, TargetNumbers.Read(frame), data) : _login.OnMalformed(check);
        Follow(step);
        return step.Outcome;
    }

    private void Follow(InitiatorLoginStep step)
    {
        switch (step.Next)
        {
            case InitiatorLoginNext.Send:
                byte[] bhs = new byte[Bhs.Length];
                step.Request.Emit(bhs);
                step.Numbers.Write(bhs);
                _initiator.World.Trace.Add($"init    c{_connection.Cid} logs in, stage {step.Request.CurrentStage}");
                _link.ToTarget.Write(Frame.Build(bhs, step.Data.Span, headerDigest: false, dataDigest: false));
                break;
            case InitiatorLoginNext.Failed:
                PairWorld.OnLoginFailed(_connection, step.Failure!);
                _initiator.Do((core, now, effects) => core.OnLoginFailed(_connection, step.Failure!, now, effects));
                break;
            default:
                BrokenRuleException.Unless(step.Outcome!.Notes.IsEmpty, $"there is nothing to overlook in the target's login: {string.Join("; ", step.Outcome.Notes)}");
                break;
        }
    }
}
