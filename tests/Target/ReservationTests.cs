using System.Buffers.Binary;
using Blockwire.Scsi;
using Blockwire.Testing.Raw;

namespace Blockwire.Target.Tests;

/// <summary>Persistent reservations between sessions, over real sockets: what a cluster asks of its disk.</summary>
public sealed class ReservationTests
{
    private const ulong KeyA = 0xA000_0001, KeyB = 0xB000_0001;
    private const ReservationType Shared = ReservationType.WriteExclusiveRegistrantsOnly;
    private const byte Conflict = 0x18;

    /// <summary>
    /// Goal: the disk passes what the validation of a Windows failover cluster asks. Method: two nodes with two paths each, through two portal groups; the steps of its
    /// SCSI-3 persistent reservation tests one after the other.
    /// </summary>
    [Fact]
    public async Task The_steps_of_a_cluster_validation_go_well()
    {
        await using ServerRig rig = await ServerRig.StartAsync(change: static options => options with { Portals = [.. options.Portals, options.Portals[0] with { PortalGroupTag = 2 }] });
        using RawInitiator a1 = await NodeAsync(rig, "a", 0), a2 = await NodeAsync(rig, "a", 1), b1 = await NodeAsync(rig, "b", 0), b2 = await NodeAsync(rig, "b", 1);

        // Node A registers on each of its paths and reserves for registrants only; all of its paths may write.
        Assert.Empty((await KeysAsync(a1)).Keys);
        foreach (RawInitiator path in new[] { a1, a2 })
        {
            await GoodAsync(path, ReservationAction.RegisterAndIgnoreExistingKey, 0, KeyA);
        }

        await GoodAsync(a1, ReservationAction.Reserve, KeyA, 0, Shared);
        Assert.Equal([KeyA, KeyA], (await KeysAsync(b1)).Keys);
        Assert.Equal(new CurrentReservation(2, KeyA, Shared), await ReservationAsync(b1));
        Assert.True((await WriteAsync(a2)).IsGood);

        // Node B is kept out, may not reserve, and may not preempt before it has registered.
        Assert.Equal(Conflict, (await WriteAsync(b1)).Status);
        Assert.True((await b1.CommandAsync(0, RawFrames.Cdb10(ServerRig.Read10, 0, 1), 512)).IsGood);
        Assert.Equal(Conflict, (await OutAsync(b1, ReservationAction.Reserve, KeyB, 0, Shared)).Status);
        Assert.Equal(Conflict, (await OutAsync(b1, ReservationAction.Preempt, KeyB, KeyA, Shared)).Status);
        foreach (RawInitiator path in new[] { b1, b2 })
        {
            await GoodAsync(path, ReservationAction.Register, 0, KeyB);
        }

        Assert.True((await WriteAsync(b2)).IsGood);
        Assert.Equal(Conflict, (await OutAsync(b1, ReservationAction.Reserve, KeyB, 0, Shared)).Status);

        // Node A changes its key on one path and back; the holder's new key is shown.
        await GoodAsync(a1, ReservationAction.Register, KeyA, KeyA + 1);
        Assert.Equal(KeyA + 1, (await ReservationAsync(a1)).Key);
        await GoodAsync(a1, ReservationAction.Register, KeyA + 1, KeyA);

        // Node B takes over, with the commands of A: both paths of A hear of it and are kept out, B holds.
        await GoodAsync(b1, ReservationAction.PreemptAndAbort, KeyB, KeyA, Shared);
        Assert.Equal(KeyB, (await ReservationAsync(b1)).Key);
        foreach (RawInitiator path in new[] { a1, a2 })
        {
            RawScsiResult attention = await WriteAsync(path);
            Assert.Equal((RawScsiResult.UnitAttention, (byte)0x2A, (byte)0x05), (attention.SenseKey, attention.Sense[12], attention.Sense[13]));
            Assert.Equal(Conflict, (await WriteAsync(path)).Status);
        }

        // B's session goes and comes again: it is the holder still. Then it releases and clears.
        await b1.LogOutAsync();
        using RawInitiator again = await NodeAsync(rig, "b", 0);
        Assert.True((await WriteAsync(again)).IsGood);
        await GoodAsync(again, ReservationAction.Release, KeyB, 0, Shared);
        Assert.True((await WriteAsync(a1)).IsGood);
        await GoodAsync(again, ReservationAction.Clear, KeyB);
        Assert.Empty((await KeysAsync(a1)).Keys);
    }

    [Fact]
    public async Task Preempt_and_abort_is_answered_when_nothing_of_the_preempted_works_on_the_disk()
    {
        SlowDisk disk = new() { HonoursCancellation = false };
        await using ServerRig rig = await ServerRig.StartAsync(disks: disk);
        using RawInitiator a = await NodeAsync(rig, "a", 0), b = await NodeAsync(rig, "b", 0);
        await GoodAsync(a, ReservationAction.Register, 0, KeyA);
        await GoodAsync(b, ReservationAction.Register, 0, KeyB);
        await ServerRig.StartReadAsync(a);
        SlowDisk.Pending read = await disk.NextReadAsync();

        Task<RawScsiResult> preempt = OutAsync(b, ReservationAction.PreemptAndAbort, KeyB, KeyA, Shared);
        await read.Cancelled.Task.WaitAsync(ServerRig.Limit, TestContext.Current.CancellationToken);
        Assert.False(preempt.IsCompleted);
        read.LetGo();

        Assert.True((await preempt).IsGood);
        byte[] heard = [(await a.CommandAsync(0, new byte[6])).Sense[12], (await a.CommandAsync(0, new byte[6])).Sense[12]];
        Assert.Equal([0x2A, 0x2F], heard);      // REGISTRATIONS PREEMPTED; COMMANDS CLEARED BY ANOTHER INITIATOR, for the read has no answer
        Assert.True((await a.CommandAsync(0, new byte[6])).IsGood);
    }

    [Fact]
    public async Task Preempt_and_abort_waits_for_commands_of_a_session_that_is_gone()
    {
        SlowDisk disk = new() { HonoursCancellation = false };
        await using ServerRig rig = await ServerRig.StartAsync(disks: disk, change: static options => options with { Offers = options.Offers with { DefaultTime2Wait = 0, DefaultTime2Retain = 0 } });
        using RawInitiator b = await NodeAsync(rig, "b", 0);
        await GoodAsync(b, ReservationAction.Register, 0, KeyB);
        SlowDisk.Pending read;
        using (RawInitiator a = await NodeAsync(rig, "a", 0))
        {
            await GoodAsync(a, ReservationAction.Register, 0, KeyA);
            await ServerRig.StartReadAsync(a);
            read = await disk.NextReadAsync();
        }

        await read.Cancelled.Task.WaitAsync(ServerRig.Limit, TestContext.Current.CancellationToken);
        Task<RawScsiResult> preempt = OutAsync(b, ReservationAction.PreemptAndAbort, KeyB, KeyA, Shared);
        await Task.Delay(200, TestContext.Current.CancellationToken);
        Assert.False(preempt.IsCompleted);
        read.LetGo();
        Assert.True((await preempt).IsGood);
    }

    [Fact]
    public async Task Preempt_leaves_the_commands_of_the_preempted()
    {
        SlowDisk disk = new();
        await using ServerRig rig = await ServerRig.StartAsync(disks: disk);
        using RawInitiator a = await NodeAsync(rig, "a", 0), b = await NodeAsync(rig, "b", 0);
        await GoodAsync(a, ReservationAction.Register, 0, KeyA);
        await GoodAsync(b, ReservationAction.Register, 0, KeyB);
        await ServerRig.StartReadAsync(a);
        SlowDisk.Pending read = await disk.NextReadAsync();

        await GoodAsync(b, ReservationAction.Preempt, KeyB, KeyA, Shared);
        Assert.False(read.Cancelled.Task.IsCompleted);
        read.LetGo();
        Assert.Equal(RawOpcode.DataIn, (await a.ExpectAsync(RawOpcode.DataIn)).Opcode);
    }

    private static async Task<RawInitiator> NodeAsync(ServerRig rig, string node, int portal)
    {
        RawLogin login = new(ServerRig.TargetName) { InitiatorName = $"iqn.2026-11.local.node:{node}" };
        RawInitiator initiator = await RawInitiator.LogInAsync(rig.Server.Portals[portal], login);
        Assert.True((await initiator.CommandAfterAttentionsAsync(0, new byte[6])).IsGood);
        return initiator;
    }

    private static Task<RawScsiResult> WriteAsync(RawInitiator by) => by.CommandAsync(0, RawFrames.Cdb10(ServerRig.Write10, 0, 1), dataOut: new byte[512]);

    private static async Task<ReservationKeys> KeysAsync(RawInitiator by) => ReservationKeys.Parse(await InAsync(by, ServiceAction.ReadKeys))!;

    private static async Task<CurrentReservation> ReservationAsync(RawInitiator by) => CurrentReservation.Parse(await InAsync(by, ServiceAction.ReadReservation))!.Value;

    private static async Task<byte[]> InAsync(RawInitiator by, byte action)
    {
        RawScsiResult result = await by.CommandAsync(0, [OperationCode.PersistentReserveIn, action, 0, 0, 0, 0, 0, 1, 0, 0], 256);
        Assert.True(result.IsGood, result.ToString());
        return result.DataIn;
    }

    private static async Task GoodAsync(RawInitiator by, ReservationAction action, ulong key, ulong other = 0, ReservationType type = default)
    {
        RawScsiResult result = await OutAsync(by, action, key, other, type);
        Assert.True(result.IsGood, $"{action}: {result}");
    }

    private static Task<RawScsiResult> OutAsync(RawInitiator by, ReservationAction action, ulong key, ulong other, ReservationType type)
    {
        byte[] cdb = new byte[10];
        (cdb[0], cdb[1], cdb[2]) = (OperationCode.PersistentReserveOut, (byte)action, (byte)type);
        BinaryPrimitives.WriteInt32BigEndian(cdb.AsSpan(5), ReservationParameters.Length);
        return by.CommandAsync(0, cdb, dataOut: new ReservationParameters(key, other).ToArray());
    }
}
