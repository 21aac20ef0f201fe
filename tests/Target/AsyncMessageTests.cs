using Blockwire.Scsi;
using Blockwire.Scsi.Device;
using Blockwire.Storage;
using Blockwire.Testing;
using Blockwire.Testing.Raw;

namespace Blockwire.Target.Tests;

/// <summary>What a program that embeds the server can tell initiators, over real sockets.</summary>
[Rule("7143/11.9.1")]
public class AsyncMessageTests
{
    [Fact]
    [Rule("7143/6.4")]
    [Rule("logout/L51")]
    public async Task An_initiator_that_is_asked_to_negotiate_declares_a_new_length_and_it_holds()
    {
        ManualTime time = new();
        await using ServerRig rig = await ServerRig.StartAsync(time);
        using RawInitiator initiator = await rig.LogInAsync();
        Assert.Equal(1, rig.Server.RequestNegotiation(TimeSpan.FromSeconds(3)));
        RawFrame message = await initiator.ExpectAsync(RawOpcode.AsyncMessage);
        Assert.Equal([4, 0, 0, 0, 0, 0, 0, 3], message.Header[36..44]);

        await initiator.SendAsync(RawFrames.TextRequest(initiator.NewTag(), RawFrames.ReservedTag, true, "MaxRecvDataSegmentLength=512"));
        RawFrame answer = await initiator.ExpectAsync(RawOpcode.TextResponse);
        Assert.Equal((0x80, 0), (answer.Flags & 0x80, answer.DataSegmentLength));
        await initiator.SendAsync(RawFrames.ScsiCommand(0, initiator.NewTag(), 4096, 0, RawFrames.Cdb10(ServerRig.Read10, 0, 8)));
        for (int i = 0; i < 8; i++)
        {
            Assert.Equal(512, (await initiator.ExpectAsync(RawOpcode.DataIn)).DataSegmentLength);
        }

        time.Advance(TimeSpan.FromSeconds(4));
        Assert.True((await initiator.CommandAsync(0, new byte[6])).IsGood);
    }

    [Fact]
    [Rule("logout/L51")]
    public async Task An_initiator_that_does_not_negotiate_loses_its_connection()
    {
        ManualTime time = new();
        await using ServerRig rig = await ServerRig.StartAsync(time);
        using RawInitiator initiator = await rig.LogInAsync();
        Assert.Equal(1, rig.Server.RequestNegotiation(TimeSpan.FromSeconds(1)));
        await initiator.ExpectAsync(RawOpcode.AsyncMessage);
        Task<RawFrame?> end = initiator.ReceiveAsync();
        await ServerRig.UntilAsync(() => end.IsCompleted, () => time.Advance(TimeSpan.FromMilliseconds(50)));
        Assert.Null(await end);
        await ServerRig.UntilAsync(() => rig.Log.Lines.Any(line => line.Text.Contains("does not negotiate")));
    }

    [Fact]
    [Rule("7143/11.9.4")]
    public async Task A_SCSI_event_reaches_every_session_that_has_the_unit()
    {
        await using MemoryDisk disk = new(1 << 20), strange = new(1 << 20);
        LogicalUnit unit = new(7, disk, new LogicalUnitOptions { Identity = "seven" });
        await using ServerRig rig = await ServerRig.StartAsync(change: options => options with { Targets = [options.Targets[0] with { Units = [.. options.Targets[0].Units, unit] }] });
        using RawInitiator one = await rig.LogInAsync(1), two = await rig.LogInAsync(2), discovery = await RawInitiator.LogInAsync(rig.Portal, new RawLogin(null));
        Assert.Equal(2, rig.Server.ReportScsiEvent(unit, Sense.CapacityDataChanged));
        foreach (RawInitiator each in new[] { one, two })
        {
            RawFrame message = await each.ExpectAsync(RawOpcode.AsyncMessage);
            Assert.Equal((0, 7ul << 48), (message.Header[36], message.Lun));
            Assert.Equal([0, 18, 0x70, 0, 6], message.Data[..5]);
            Assert.Equal([0x2A, 9], message.Data[14..16]);
            Assert.Equal(20, message.Data.Length);
        }

        Assert.Equal(0, rig.Server.ReportScsiEvent(new LogicalUnit(7, strange, new LogicalUnitOptions { Identity = "strange" }), Sense.CapacityDataChanged));
    }

    [Fact]
    [Rule("logout/L50")]
    public async Task A_session_that_does_not_log_out_before_a_stop_is_told_that_it_is_dropped()
    {
        ManualTime time = new();
        await using ServerRig rig = await ServerRig.StartAsync(time, static options => options with { Session = options.Session with { IdleBeforeProbe = Timeout.InfiniteTimeSpan } });
        using RawInitiator deaf = await rig.LogInAsync();
        Task stopping = rig.Server.StopAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(1, (await deaf.ExpectAsync(RawOpcode.AsyncMessage)).Header[36]);
        Task<RawFrame> told = deaf.ExpectAsync(RawOpcode.AsyncMessage);
        await ServerRig.UntilAsync(() => told.IsCompleted, () =>
        {
            if (rig.Server.Statistics.Sessions > 0)
            {
                time.Advance(TimeSpan.FromMilliseconds(50)); // not on to the reset that follows, which could overtake the message
            }
        });
        Assert.Equal([3, 0, 0, 0, 0, 2, 0, 0], (await told).Header[36..44]);
        deaf.Dispose();
        await ServerRig.UntilAsync(() => stopping.IsCompleted, () => time.Advance(TimeSpan.FromMilliseconds(50)));
        await stopping;
    }
}
