using System.Buffers.Binary;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>A target with several disks, a clock and random bytes that tests know.</summary>
internal sealed class CopyRig
{
    public const byte Out = OperationCode.ExtendedCopy, In = OperationCode.ReceiveCopyResults;

    public CopyRig(params FakeDisk[] disks)
    {
        Disks = disks;
        Units = [.. disks.Select(static (disk, i) => new LogicalUnit((uint)i, disk, new LogicalUnitOptions { Identity = Rig.TargetName + i, Thin = true }))];
        Target = new ScsiTargetDevice(Rig.TargetName, Units)
        {
            Time = Time,
            Random = new Random(1).NextBytes,
        };
        First = Attach("iqn.2026-11.local.first:a", 1);
        Second = Attach("iqn.2026-11.local.second:b", 2);
    }

    public SettableTime Time { get; } = new();

    public FakeDisk[] Disks { get; }

    public LogicalUnit[] Units { get; }

    public ScsiTargetDevice Target { get; }

    public Nexus First { get; }

    public Nexus Second { get; }

    public CopyDisk[] All => [.. Units.Select(CopyData.Disk)];

    public Outcome Run(byte[] cdb, byte[]? dataOut = null, uint lun = 0, Nexus? nexus = null)
    {
        using Begun begun = new(this, cdb, dataOut ?? [], lun, nexus ?? First);
        return begun.Wait();
    }

    /// <summary>EXTENDED COPY, of the form that the list has.</summary>
    public Outcome Copy(byte[] list, Nexus? nexus = null, uint lun = 0) =>
        Run(Cdbs.Copy(Out, list[0] == 1 && list.Length >= 48 && list[16] == 0xFF ? ServiceAction.ExtendedCopyLid4 : ServiceAction.ExtendedCopyLid1, list.Length), list, lun, nexus);

    /// <summary>RECEIVE COPY STATUS(LID4).</summary>
    public Outcome Status(uint identifier, Nexus? nexus = null, uint lun = 0) =>
        Run(Cdbs.Copy(In, ServiceAction.ReceiveCopyStatusLid4, 512, identifier), lun: lun, nexus: nexus);

    /// <summary>COPY OPERATION STATUS once the copy is over.</summary>
    public byte StateAtTheEnd(uint identifier)
    {
        byte state = 0;
        Assert.True(SpinWait.SpinUntil(() => (state = Status(identifier).DataIn[5]) is not (0x11 or 0x12), TimeSpan.FromSeconds(20)), "the copy does not end");
        return state;
    }

    /// <summary>POPULATE TOKEN and RECEIVE ROD TOKEN INFORMATION: the token.</summary>
    public byte[] MakeToken(byte[] list, uint lun = 0)
    {
        Run(Cdbs.Token(ServiceAction.PopulateToken, 77, list.Length), list, lun).ShouldBeGood();
        return TokenOf(77, lun);
    }

    /// <summary>The token in RECEIVE ROD TOKEN INFORMATION.</summary>
    public byte[] TokenOf(uint identifier, uint lun = 0)
    {
        byte[] data = Run(Cdbs.Copy(In, ServiceAction.ReceiveRodTokenInformation, 4096, identifier), lun: lun).DataIn;
        int at = 32 + data[13];
        Assert.Equal((data.Length - 4, 514), ((int)BinaryPrimitives.ReadUInt32BigEndian(data), (int)BinaryPrimitives.ReadUInt32BigEndian(data.AsSpan(at))));
        return data[(at + 6)..];
    }

    /// <summary>WRITE USING TOKEN.</summary>
    public Outcome WriteToken(byte[] list, uint lun = 0, Nexus? nexus = null) =>
        Run(Cdbs.Token(ServiceAction.WriteUsingToken, 78, list.Length), list, lun, nexus);

    public Nexus Attach(string name, ulong isid)
    {
        Nexus nexus = new(name, isid, 1, 1);
        Target.AttachNexus(nexus, afterNexusLoss: false);
        for (uint lun = 0; lun < Units.Length; lun++)
        {
            Assert.Equal(SenseKey.UnitAttention, Run(Cdbs.TestUnitReady, lun: lun, nexus: nexus).Sense?.Key);
        }

        return nexus;
    }

    /// <summary>A command that was begun, and may still run.</summary>
    public sealed class Begun : IDisposable
    {
        private readonly OneBufferPool _pool = new();
        private readonly ScsiCommand _command;
        private readonly Task _running = Task.CompletedTask;

        public Begun(CopyRig rig, byte[] cdb, byte[] dataOut, uint lun, Nexus nexus)
        {
            _command = new(_pool);
            _command.Begin(nexus, LunFormat.Encode(lun), cdb, TaskAttribute.Simple);
            if (rig.Target.Prepare(_command))
            {
                _command.DataOut = dataOut.AsMemory(0, (int)Math.Min((uint)dataOut.Length, _command.DataOutWanted));
                _running = rig.Target.ExecuteAsync(_command, Cancellation.Token).AsTask();
            }
        }

        public CancellationTokenSource Cancellation { get; } = new();

        public bool IsOver => _running.IsCompleted;

        public Outcome Wait()
        {
            Assert.True(_running.Wait(TimeSpan.FromSeconds(20)), "the command does not end");
            Outcome outcome = new(_command.Status, SenseData.Parse(_command.Sense), _command.DataIn.ToArray(), _command.DataOutWanted, _command.DataInPlanned);
            Assert.True(outcome.DataIn.Length <= (int)outcome.DataInPlanned, "more data-in than planned");
            _command.End();
            Assert.Equal(0, _pool.Out);
            return outcome;
        }

        public void Dispose() => Cancellation.Dispose();
    }
}

/// <summary>A clock that a test sets.</summary>
internal sealed class SettableTime : TimeProvider
{
    private long _seconds;

    public override long TimestampFrequency => 1;

    public override long GetTimestamp() => Volatile.Read(ref _seconds);

    public void Pass(int seconds) => Interlocked.Add(ref _seconds, seconds);
}
