using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Initiator;

/// <summary>A session core with one connection in the full feature phase, to which a test speaks as the target.</summary>
internal sealed class CoreRig : IInitiatorEffects
{
    private InitiatorConnection? _connection;
    private uint _statSN = 1;

    public CoreRig()
    {
        Session = new InitiatorSession(new InitiatorSessionOptions(), new Serial32(1));
        Session.Open(Now, this);
        InitiatorSession.OnTransportUp(Connection);
        Session.OnLoggedIn(
            Connection,
            new InitiatorLoginOutcome
            {
                Tsih = 1,
                SessionParameters = SessionParameters.Default,
                ConnectionParameters = ConnectionParameters.Default,
                NextStatSN = new Serial32(1),
                ExpCmdSN = new Serial32(1),
                MaxCmdSN = new Serial32(64),
                Keys = [],
            },
            Now,
            this);
    }

    public InitiatorSession Session { get; }

    public InitiatorConnection Connection => _connection!;

    public List<string> Lost { get; } = [];

    private static TimeSpan Now => TimeSpan.FromSeconds(1);

    public CoreTask Submit(CoreTask task)
    {
        Session.Submit(task, Now, this);
        return task;
    }

    public void DataIn(CoreTask task, uint dataSN, uint offset, int length, bool last)
    {
        byte[] bhs = new byte[Bhs.Length];
        new DataIn(last, false, last, ResidualFlags.None, 0, 0, task.InitiatorTaskTag, Bhs.ReservedTag, new Serial32(dataSN), offset, 0).Emit(bhs);
        Hear(bhs, takesStatSN: last, new byte[length]);
    }

    public void AskForData(CoreTask task, uint r2tSN, uint offset, uint length)
    {
        byte[] bhs = new byte[Bhs.Length];
        new ReadyToTransfer(0, task.InitiatorTaskTag, r2tSN, new Serial32(r2tSN), offset, length).Emit(bhs);
        Hear(bhs, takesStatSN: false);
    }

    public void Ping()
    {
        byte[] bhs = new byte[Bhs.Length];
        new NopIn(0, Bhs.ReservedTag, 7).Emit(bhs);
        Hear(bhs, takesStatSN: false);
    }

    /// <summary>Answers a command without acknowledging its number.</summary>
    public void AnswerOnly(CoreTask task)
    {
        byte[] bhs = new byte[Bhs.Length];
        new ScsiResponse(0, 0, task.InitiatorTaskTag, Bhs.ReservedTag, default, ResidualFlags.None, 0, 0).Emit(bhs);
        Hear(bhs, takesStatSN: true, expCmdSN: new Serial32(1), maxCmdSN: new Serial32(int.MaxValue));
    }

    public void Connect(InitiatorConnection connection) => _connection ??= connection;

    public void Close(InitiatorConnection connection, InitiatorClose how, string why) => Lost.Add(why);

    public void Ended(InitiatorRequest request)
    {
    }

    public void Raise(in InitiatorNotice notice)
    {
    }

    public void Note(InitiatorConnection connection, in Deviation deviation)
    {
    }

    private void Hear(byte[] bhs, bool takesStatSN, byte[]? data = null, Serial32? expCmdSN = null, Serial32? maxCmdSN = null)
    {
        new TargetNumbers(new Serial32(_statSN), expCmdSN ?? Session.Numbers.CmdSN, maxCmdSN ?? new Serial32(64)).Write(bhs);
        _statSN += takesStatSN ? 1u : 0;
        Session.OnPdu(Connection, bhs, data, landed: false, Now, this);
    }
}

/// <summary>A command of a test.</summary>
internal sealed class CoreTask : InitiatorTask
{
    protected override void OnReleased()
    {
    }
}
