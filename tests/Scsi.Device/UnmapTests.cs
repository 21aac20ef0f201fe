using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>Goal: UNMAP and WRITE SAME change what they name and nothing else (SBC-3 §5.28, §5.43, §5.44).</summary>
public sealed class UnmapTests
{
    private readonly Rig _rig = new(new FakeDisk(512, 4096));

    public UnmapTests() => _rig.Disk.Bytes(0, 4096).Fill(1);

    [Fact]
    public void Several_ranges_are_unmapped()
    {
        Unmap(new(0, 2), new(100, 0), new(4095, 1)).ShouldBeGood();
        Assert.Equal([0UL, 1UL, 4095UL], Zeroed());
    }

    [Fact]
    public void One_bad_range_and_nothing_is_unmapped()
    {
        Unmap(new(0, 2), new(4095, 2)).ShouldBe(Sense.LbaOutOfRange(4096));
        Unmap(new(0, 2), new(ulong.MaxValue, 2)).ShouldBe(new SenseData(SenseKey.IllegalRequest, 0x21, 0));
        Assert.Empty(Zeroed());
    }

    [Fact]
    public void The_limits_of_page_b0_are_enforced()
    {
        Unmap([.. Enumerable.Repeat(new UnmapDescriptor(7, 1), 256)]).ShouldBeGood();
        Unmap([.. Enumerable.Repeat(new UnmapDescriptor(7, 1), 257)]).ShouldBe(Sense.InvalidFieldInParameterList(2));
        Rig rig = new(new FakeDisk { Traits = _rig.Disk.Traits with { BlockCount = 1UL << 40 } });
        byte[] list = Cdbs.UnmapList(new UnmapDescriptor(0, 1 << 19), new UnmapDescriptor(1 << 20, (1 << 19) + 1));
        rig.Run(Cdbs.Unmap(list.Length), list).ShouldBe(Sense.InvalidFieldInParameterList(8 + 16 + 8));
    }

    [Fact]
    public void Lists_of_a_wrong_length_are_refused()
    {
        _rig.Run(Cdbs.Unmap(0)).ShouldBeGood();
        _rig.Run(Cdbs.Unmap(7), new byte[7]).ShouldBe(Sense.ParameterListLengthError);
        _rig.Run(Cdbs.Unmap(8), new byte[8]).ShouldBeGood();
        byte[] list = Cdbs.UnmapList(new UnmapDescriptor(3, 1));
        _rig.Run(Cdbs.Unmap(24), list[..20]).ShouldBe(Sense.ParameterListLengthError);
        _rig.Run(Cdbs.Unmap(24), []).ShouldBe(Sense.ParameterListLengthError);
        list[3] = 15;
        _rig.Run(Cdbs.Unmap(24), list).ShouldBeGood();
        Assert.Empty(Zeroed());
    }

    [Fact]
    public void Anchoring_is_refused()
    {
        byte[] cdb = Cdbs.Unmap(24);
        cdb[1] = 1;
        _rig.Run(cdb, Cdbs.UnmapList(new UnmapDescriptor(3, 1))).ShouldBe(Sense.InvalidFieldInCdb(1, 0));
        _rig.Run(Cdbs.Ten(OperationCode.WriteSame10, 0, 1, 0x10), new byte[512]).ShouldBe(Sense.InvalidFieldInCdb(1, 4));
    }

    [Theory]
    [InlineData(OperationCode.WriteSame10)]
    [InlineData(OperationCode.WriteSame16)]
    public void Write_same_repeats_a_block(byte op)
    {
        byte[] block = new byte[512];
        new Random(3).NextBytes(block);
        Outcome outcome = _rig.Run(Cdbs.Block(op, 5, 3000), block);
        outcome.ShouldBeGood();
        Assert.Equal(512u, outcome.DataOutWanted);
        Assert.All(Enumerable.Range(5, 3000), lba => Assert.True(_rig.Disk.Bytes((ulong)lba, 1).SequenceEqual(block)));
        Assert.Equal(1, _rig.Disk.Bytes(4, 1)[511]);
        Assert.Equal(1, _rig.Disk.Bytes(3005, 1)[0]);
    }

    [Fact]
    public void Write_same_of_zeros_is_one_operation_that_unmaps_when_asked()
    {
        _rig.Run(Cdbs.Ten(OperationCode.WriteSame10, 0, 2), new byte[512]).ShouldBeGood();
        Assert.Equal((1, false, 0), (_rig.Disk.Zeroings, _rig.Disk.LastZeroingMayUnmap, _rig.Disk.Writes));
        _rig.Run(Cdbs.Ten(OperationCode.WriteSame10, 2, 2, 0x08), new byte[512]).ShouldBeGood();
        Assert.True(_rig.Disk.LastZeroingMayUnmap);
        Outcome noData = _rig.Run(Cdbs.Sixteen(OperationCode.WriteSame16, 4, 2, 0x09));
        noData.ShouldBeGood();
        Assert.Equal(0u, noData.DataOutWanted);
        Assert.Equal([0UL, 1UL, 2UL, 3UL, 4UL, 5UL], Zeroed());
    }

    [Fact]
    public void Write_same_of_zeros_without_help_of_the_disk_writes_them()
    {
        Rig rig = new(new FakeDisk(zeroes: Support.No));
        rig.Disk.Bytes(0, 1024).Fill(1);
        rig.Run(Cdbs.Sixteen(OperationCode.WriteSame16, 4, 900, 0x01)).ShouldBeGood();
        Assert.False(rig.Disk.Bytes(4, 900).ContainsAnyExcept((byte)0));
        Assert.False(rig.Disk.Bytes(904, 120).ContainsAnyExcept((byte)1));
    }

    [Fact]
    public void Write_same_has_a_limit_and_wants_one_block()
    {
        Rig rig = new(new FakeDisk { Traits = _rig.Disk.Traits with { BlockCount = 1UL << 40 } });
        rig.Run(Cdbs.Sixteen(OperationCode.WriteSame16, 0, 65536), new byte[512]).ShouldBe(Sense.InvalidFieldInCdb(10));
        _rig.Run(Cdbs.Ten(OperationCode.WriteSame10, 0, 1), new byte[256]).ShouldBe(Sense.ParameterListLengthError);
        _rig.Run(_rig.First, Cdbs.Ten(OperationCode.WriteSame10, 0, 1), new byte[1024], offered: 1024).ShouldBe(Sense.InvalidFieldInCdb(7));
        _rig.Run(_rig.First, Cdbs.Ten(OperationCode.WriteSame10, 0, 1), new byte[512], offered: 512).ShouldBeGood();
    }

    [Fact]
    public void Without_provisioning_there_is_no_unmap()
    {
        Rig rig = new(thin: false);
        byte[] list = Cdbs.UnmapList(new UnmapDescriptor(3, 1));
        rig.Run(Cdbs.Unmap(24), list).ShouldBe(Sense.InvalidOpcode);
        rig.Run(Cdbs.Ten(OperationCode.WriteSame10, 0, 1, 0x08), new byte[512]).ShouldBe(Sense.InvalidFieldInCdb(1, 3));
        rig.Run(Cdbs.Ten(OperationCode.WriteSame10, 0, 1), new byte[512]).ShouldBeGood();
    }

    private Outcome Unmap(params UnmapDescriptor[] ranges)
    {
        byte[] list = Cdbs.UnmapList(ranges);
        return _rig.Run(Cdbs.Unmap(list.Length), list);
    }

    private IEnumerable<ulong> Zeroed() =>
        Enumerable.Range(0, 4096).Select(lba => (ulong)lba).Where(lba => !_rig.Disk.Bytes(lba, 1).ContainsAnyExcept((byte)0));
}
