using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Initiators;

/// <summary>Goal: what real targets get wrong costs no data, and the rules stay for everybody else. Method: the session core, and PDUs as those targets sent them.</summary>
public sealed class PeerFaultTests
{
    private static readonly TimeSpan _now = TimeSpan.FromSeconds(1);
    private readonly Effects _effects = new();

    [Fact]
    [Rule("7143/11.4.8")]
    public void A_status_sent_again_without_the_data_that_it_was_lost_with_begins_the_read_anew()
    {
        InitiatorSession session = Open(PeerQuirks.None);
        ReadTask spoilt = Read(session);
        ReadTask next = Read(session);
        Respond(session, next, statSN: 2); // statSN 1 was in a Data-In PDU that was spoilt
        Respond(session, spoilt, statSN: 1);

        Assert.Equal(RequestEnd.None, spoilt.End);
        Assert.Equal(1, session.InFlight);
    }

    [Fact]
    [Rule("7143/4.2.2.1")]
    public void Who_acknowledges_what_was_never_sent_is_left()
    {
        InitiatorSession session = Open(PeerQuirks.None);
        Hear(session, expCmdSN: 2);
        Assert.True(_effects.Closed);
    }

    [Fact]
    [Rule("7143/4.2.2.1")]
    public void Numbers_follow_a_target_that_counts_immediate_requests()
    {
        InitiatorSession session = Open(PeerQuirks.CountsImmediateRequests);
        Hear(session, expCmdSN: 2);
        Assert.False(_effects.Closed);
        Assert.Equal(new Serial32(2), Read(session).CmdSNSeen(session));
    }

    [Fact]
    [Rule("7143/4.2.2.1")]
    public void Nobody_is_followed_far()
    {
        InitiatorSession session = Open(PeerQuirks.CountsImmediateRequests);
        Hear(session, expCmdSN: 1000);
        Assert.True(_effects.Closed);
    }

    private InitiatorSession Open(PeerQuirks quirks)
    {
        InitiatorSession session = new(new InitiatorSessionOptions { Quirks = quirks }, new Serial32(1));
        session.Open(_now, _effects);
        InitiatorSession.OnTransportUp(_effects.Connection!);
        InitiatorLoginOutcome outcome = new()
        {
            Tsih = 1,
            SessionParameters = SessionParameters.Default with { ErrorRecoveryLevel = 1 },
            ConnectionParameters = ConnectionParameters.Default,
            NextStatSN = new Serial32(1),
            ExpCmdSN = new Serial32(1),
            MaxCmdSN = new Serial32(64),
            Keys = [],
        };
        session.OnLoggedIn(_effects.Connection!, outcome, _now, _effects);
        return session;
    }

    private ReadTask Read(InitiatorSession session)
    {
        ReadTask task = new() { DataIn = new byte[512], MayRepeat = true };
        session.Submit(task, _now, _effects);
        return task;
    }

    private void Respond(InitiatorSession session, ReadTask task, uint statSN)
    {
        byte[] bhs = new byte[Bhs.Length];
        new ScsiResponse(0, 0, task.InitiatorTaskTag, 0, default, ResidualFlags.None, 0, 0).Emit(bhs);
        new TargetNumbers(new Serial32(statSN), session.Numbers.CmdSN, session.Numbers.CmdSN + 63).Write(bhs);
        if (statSN == 2)
        {
            task.DataIn = default; // a command without data
        }

        session.OnPdu(_effects.Connection!, bhs, default, landed: false, _now, _effects);
    }

    // An unsolicited NOP-In.
    private void Hear(InitiatorSession session, uint expCmdSN)
    {
        byte[] bhs = new byte[Bhs.Length];
        new NopIn(0, Bhs.ReservedTag, Bhs.ReservedTag).Emit(bhs);
        new TargetNumbers(new Serial32(1), new Serial32(expCmdSN), new Serial32(expCmdSN + 63)).Write(bhs);
        session.OnPdu(_effects.Connection!, bhs, default, landed: false, _now, _effects);
    }

    private sealed class ReadTask : InitiatorTask
    {
        public Serial32 CmdSNSeen(InitiatorSession session) => session.Numbers.CmdSN - 1;

        protected override void OnReleased()
        {
            // Nobody waits for it.
        }
    }

    private sealed class Effects : IInitiatorEffects
    {
        public InitiatorConnection? Connection { get; private set; }

        public bool Closed { get; private set; }

        public void Connect(InitiatorConnection connection) => Connection = connection;

        public void Close(InitiatorConnection connection, InitiatorClose how, string why) => Closed = true;

        public void Ended(InitiatorRequest request) => request.Release();

        public void Raise(in InitiatorNotice notice)
        {
            // Not what is tested here.
        }

        public void Note(InitiatorConnection connection, in Deviation deviation)
        {
            // Not what is tested here.
        }
    }
}
