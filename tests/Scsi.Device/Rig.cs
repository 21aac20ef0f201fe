namespace Blockwire.Scsi.Device.Tests;

/// <summary>How a command ended.</summary>
internal sealed record Outcome(ScsiStatus Status, SenseData? Sense, byte[] DataIn, uint DataOutWanted, uint DataInPlanned)
{
    public void ShouldBeGood() => Assert.True(Status == ScsiStatus.Good, $"{Status} {Sense}");

    public void ShouldBe(SenseData sense)
    {
        Assert.True(Status == ScsiStatus.CheckCondition, $"{Status} instead of {sense}");
        Assert.Equal(sense, Sense);
    }
}

/// <summary>A target with one logical unit at LUN 0 and two nexuses that have already heard of their power on.</summary>
internal sealed class Rig
{
    public const string TargetName = "iqn.2026-11.local.blockwire:disk";

    public Rig(
        FakeDisk? disk = null, bool removable = false, bool thin = true, string? serial = null, IUnitStateStore? state = null, IReadOnlyList<TargetPort>? ports = null,
        LogicalUnitType type = LogicalUnitType.Disk, bool empty = false, ProtectionType protection = ProtectionType.None)
    {
        Disk = disk ?? new FakeDisk();
        Unit = new LogicalUnit(0, Disk, new LogicalUnitOptions
        {
            Identity = TargetName + "/0",
            Type = type,
            Empty = empty,
            Removable = removable,
            Thin = thin,
            Serial = serial,
            State = state,
            Protection = protection,
            Clock = Time,
        });
        Target = new ScsiTargetDevice(TargetName, [Unit], ports);
        First = Attach("iqn.2026-11.local.first:a", 1);
        Second = Attach("iqn.2026-11.local.second:b", 2);
    }

    public ManualTime Time { get; } = new();

    public FakeDisk Disk { get; }

    public LogicalUnit Unit { get; }

    public ScsiTargetDevice Target { get; }

    public Nexus First { get; }

    public Nexus Second { get; }

    /// <summary>A new nexus whose unit attention has been heard.</summary>
    public Nexus Attach(string name, ulong isid, ushort port = 1)
    {
        Nexus nexus = new(name, isid, port, port);
        Target.AttachNexus(nexus, afterNexusLoss: false);
        Assert.Equal(SenseKey.UnitAttention, Run(nexus, [0, 0, 0, 0, 0, 0]).Sense?.Key);
        return nexus;
    }

    public Outcome Run(byte[] cdb, byte[]? dataOut = null) => Run(First, cdb, dataOut);

    public Outcome Run(Nexus nexus, byte[] cdb, byte[]? dataOut = null, ulong lun = 0, uint? offered = null, bool lend = false)
    {
        using OneBufferPool pool = new();
        ScsiCommand command = new(pool) { AllowLending = lend };
        command.Begin(nexus, lun, cdb, TaskAttribute.Simple);
        command.DataOutOffered = offered;
        bool inline = false;
        if (Target.Prepare(command))
        {
            inline = command.CompletesInline;
            byte[] data = dataOut ?? [];
            command.DataOut = data.AsMemory(0, (int)Math.Min((uint)data.Length, command.DataOutWanted));
            ValueTask running = Target.ExecuteAsync(command, CancellationToken.None);
            Assert.True(running.IsCompleted || !inline || Disk.Late, "promised to complete inline");
            running.AsTask().GetAwaiter().GetResult();
        }

        Outcome outcome = new(
            command.Status, SenseData.Parse(command.Sense), command.DataIn.ToArray(), command.DataOutWanted, command.DataInPlanned);
        Assert.True(outcome.DataIn.Length <= (int)outcome.DataInPlanned, "more data-in than planned");
        Assert.Equal(outcome.Status == ScsiStatus.CheckCondition, outcome.Sense is not null);
        command.End();
        Assert.Equal(0, pool.Out);
        return outcome;
    }
}
