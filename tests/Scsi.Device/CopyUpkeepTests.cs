using Blockwire.Scsi.Device.Copy;
using Blockwire.Scsi.Device.Work;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>Goal: copies keep to what becomes of the disks as a whole: FORMAT UNIT, the write cache, power conditions, units that go.</summary>
public sealed class CopyUpkeepTests
{
    private static readonly byte[] _format = [OperationCode.FormatUnit, 0x10, 0, 0, 0, 0];
    private static readonly byte[] _immediately = [0, 0x82, 0, 0];

    private readonly CopyRig _rig = new(new FakeDisk(512, 8192), new FakeDisk(512, 8192));

    public CopyUpkeepTests() => _rig.Disks[0].Bytes(0, 8192).Fill(3);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_unit_that_is_formatted_takes_part_in_no_copy(uint formatted)
    {
        using ManualResetEventSlim go = new();
        Format(formatted, go);
        try
        {
            byte[] list = CopyData.Short(0, _rig.All, new CopySegment(0, 1, 8, 0, 0));
            Assert.Equal((0x04, 0x04), Told(_rig.Copy(list, lun: formatted)));
            _rig.Copy(list, lun: 1 - formatted).ShouldBe(Sense.ThirdPartyDeviceFailure);
        }
        finally
        {
            go.Set();
        }

        Assert.True(SpinWait.SpinUntil(() => !_rig.Units[formatted].Work.IsRunning, TimeSpan.FromSeconds(20)));
        _rig.Copy(CopyData.Short(0, _rig.All, new CopySegment(0, 1, 8, 0, 0))).ShouldBeGood();
    }

    [Fact]
    public void A_copy_ends_when_its_disk_begins_to_be_formatted()
    {
        byte[] token = _rig.MakeToken(CopyData.Populate(new BlockRun(0, 4096)));
        using ManualResetEventSlim go = new();
        bool formats = false;
        _rig.Disks[0].OnCall = _ =>
        {
            if (!formats)
            {
                formats = true;
                Format(1, go);
            }
        };
        try
        {
            Assert.Equal((0x04, 0x04), Told(_rig.WriteToken(CopyData.Write(token, 0, new BlockRun(0, 4096)), 1)));
        }
        finally
        {
            go.Set();
        }

        Assert.True(SpinWait.SpinUntil(() => !_rig.Units[1].Work.IsRunning, TimeSpan.FromSeconds(20)));
        Assert.Equal(1, _rig.Disks[1].Writes); // the piece that was under way
    }

    [Fact]
    public void Without_write_cache_a_copy_ends_with_a_flush()
    {
        byte[] list = CopyData.Short(0, _rig.All, new CopySegment(0, 1, 8, 0, 0));
        _rig.Copy(list).ShouldBeGood();
        Assert.Equal(0, _rig.Disks[1].Flushes);
        WriteCache.Off((cdb, data) => _rig.Run(cdb, data, lun: 1));
        int before = _rig.Disks[1].Flushes;
        _rig.Copy(list).ShouldBeGood();
        Assert.Equal((1, 0), (_rig.Disks[1].Flushes - before, _rig.Disks[0].Flushes));
    }

    [Fact]
    public void A_copy_brings_both_units_back_to_active()
    {
        for (uint lun = 0; lun < 2; lun++)
        {
            _rig.Run([OperationCode.StartStopUnit, 0, 0, 0, 0x20, 0], lun: lun).ShouldBeGood();
            Assert.NotNull(_rig.Units[lun].Power.Sense);
        }

        _rig.Copy(CopyData.Short(0, _rig.All, new CopySegment(0, 1, 8, 0, 0))).ShouldBeGood();
        Assert.Equal((null, null), (_rig.Units[0].Power.Sense, _rig.Units[1].Power.Sense));
    }

    [Fact]
    public void A_unit_that_goes_takes_its_tokens_along()
    {
        byte[] token = _rig.MakeToken(CopyData.Populate(new BlockRun(0, 8)));
        _rig.Target.RemoveUnit(0);
        Outcome write = _rig.WriteToken(CopyData.Write(token, 0, new BlockRun(0, 8)), 1);
        if (write.Sense == Sense.ReportedLunsDataChanged)
        {
            write = _rig.WriteToken(CopyData.Write(token, 0, new BlockRun(0, 8)), 1);
        }

        write.ShouldBe(Sense.InvalidToken(0x06));
        Assert.Equal(0, _rig.Disks[1].Writes);
    }

    [Fact]
    public void A_growing_disk_is_copied_to_its_new_end()
    {
        CopyRig rig = new(new FakeDisk(blockCount: 2048, shownBlocks: 1024) { Growth = 1024 }, new FakeDisk(blockCount: 2048));
        rig.Disks[0].Bytes(2047, 1).Fill(9);
        byte[] list = CopyData.Short(0, rig.All, new CopySegment(0, 1, 1, 2047, 0));
        rig.Copy(list).ShouldBe(Sense.CopyLeavesDisk(12));
        Assert.True(rig.Units[0].TryGrow());
        rig.Copy(list).ShouldBe(Sense.CapacityDataChanged);
        rig.Copy(list).ShouldBeGood();
        Assert.True(rig.Disks[1].Bytes(0, 1).SequenceEqual(rig.Disks[0].Bytes(2047, 1)));
    }

    // The first piece of the format waits until it may go on.
    private void Format(uint lun, ManualResetEventSlim go)
    {
        _rig.Disks[lun].OnCall = bytes =>
        {
            if (bytes == MediumPass.PieceBytes)
            {
                go.Wait(TimeSpan.FromSeconds(20));
            }
        };
        _rig.Run(_format, _immediately, lun).ShouldBeGood();
    }

    private static (byte Asc, byte Ascq) Told(Outcome outcome) => (outcome.Sense!.Value.Asc, outcome.Sense.Value.Ascq);
}
