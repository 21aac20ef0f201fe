namespace Blockwire.Scsi.Device.Tests;

/// <summary>Goal: PRE-FETCH has the disk read ahead and says CONDITION MET when all blocks will be there.</summary>
public sealed class PrefetchTests
{
    [Theory]
    [InlineData(OperationCode.Prefetch10, 0)]
    [InlineData(OperationCode.Prefetch10, 2)]
    [InlineData(OperationCode.Prefetch16, 0)]
    [InlineData(OperationCode.Prefetch16, 2)]
    public void All_that_will_be_there_meets_the_condition(byte op, byte immediate)
    {
        Rig rig = new(new FakeDisk { Prefetches = true });
        Assert.Equal(ScsiStatus.ConditionMet, rig.Run(Cdbs.Block(op, 5, 7, immediate)).Status);
        Assert.Equal((5UL, 7UL), rig.Disk.LastPrefetch);
    }

    [Fact]
    public void A_length_of_zero_reaches_to_the_end()
    {
        Rig rig = new(new FakeDisk { Prefetches = true });
        Assert.Equal(ScsiStatus.ConditionMet, rig.Run(Cdbs.Ten(OperationCode.Prefetch10, 1000, 0)).Status);
        Assert.Equal((1000UL, 24UL), rig.Disk.LastPrefetch);
    }

    [Fact]
    public void More_than_is_read_ahead_at_once_does_not_meet_the_condition()
    {
        Rig rig = new(new FakeDisk { Prefetches = true, Traits = new FakeDisk().Traits with { BlockCount = 1 << 20 } });
        Assert.Equal(ScsiStatus.ConditionMet, rig.Run(Cdbs.Sixteen(OperationCode.Prefetch16, 0, 1 << 17)).Status);
        Assert.Equal(ScsiStatus.Good, rig.Run(Cdbs.Sixteen(OperationCode.Prefetch16, 0, (1 << 17) + 1)).Status);
        Assert.Equal((0UL, 1UL << 17), rig.Disk.LastPrefetch);
    }

    [Fact]
    public void A_disk_without_cache_does_not_meet_the_condition() =>
        new Rig().Run(Cdbs.Ten(OperationCode.Prefetch10, 0, 1)).ShouldBeGood();
}
