namespace Blockwire.Scsi.Device.Tests.Multimedia;

/// <summary>Goal: each nexus that polls hears of each event once, and of the state at any time. Method: events are made, and the bytes held against MMC-5.</summary>
public sealed class EventStatusTests
{
    private const byte Operational = 0x02, Power = 0x04, Media = 0x10, Busy = 0x40;
    private readonly Rig _rig = Cd.Rig();

    [Fact]
    public void At_rest_there_is_a_state_and_no_event()
    {
        Assert.Equal([0, 6, 4, 0x56, 0, 2, 0, 0], Poll(Media));
        Assert.Equal([0, 6, 1, 0x56, 0, 0, 0, 0], Poll(Operational));
        Assert.Equal([0, 6, 2, 0x56, 0, 1, 0, 0], Poll(Power));
        Assert.Equal([0, 6, 6, 0x56, 0, 0, 0, 0], Poll(Busy));
        Assert.Equal([0, 6, 1, 0x56, 0, 0, 0, 0], Poll(0xFF));
    }

    [Fact]
    public void Classes_that_there_are_not_have_no_event()
    {
        Assert.Equal([0, 2, 0x80, 0x56], Poll(0x28));
        Assert.Equal([0, 2, 0x80, 0x56], Poll(0));
    }

    [Fact]
    public void Asking_without_polling_is_refused() => _rig.Run(Cd.Events(Media, polled: 0)).ShouldBe(Sense.InvalidFieldInCdb(1, 0));

    [Fact]
    public void Ejecting_and_loading_are_told_to_each_nexus_once()
    {
        _rig.Run(Cdbs.StartStop(2)).ShouldBeGood();
        Assert.Equal([0, 6, 4, 0x56, 3, 1, 0, 0], Poll(Media));
        Assert.Equal([0, 6, 4, 0x56, 0, 1, 0, 0], Poll(Media));
        _rig.Run(Cdbs.StartStop(3)).ShouldBeGood();
        foreach (Nexus nexus in new[] { _rig.First, _rig.Second })
        {
            Assert.Equal([0, 6, 4, 0x56, 2, 2, 0, 0], Poll(Media, nexus));
            Assert.Equal([0, 6, 4, 0x56, 0, 2, 0, 0], Poll(Media, nexus));
            Assert.Equal([0, 6, 1, 0x56, 2, 0, 0, 1], Poll(Operational, nexus));
            Assert.Equal([0, 6, 1, 0x56, 0, 0, 0, 0], Poll(Operational, nexus));
        }
    }

    [Fact]
    public void An_event_goes_before_a_class_without_one()
    {
        _rig.Run(Cdbs.StartStop(2)).ShouldBeGood();
        Poll(Operational);
        Assert.Equal([0, 6, 4, 0x56, 3, 1, 0, 0], Poll(0xFF));
    }

    [Fact]
    public void Who_has_no_room_for_it_has_not_heard_of_it()
    {
        _rig.Run(Cdbs.StartStop(2)).ShouldBeGood();
        Assert.Equal([0, 6, 4, 0x56], _rig.Run(Cd.Events(Media, allocation: 4)).DataIn);
        Assert.Equal([0, 6, 4, 0x56, 3, 1, 0, 0], Poll(Media));
    }

    [Fact]
    public void Power_conditions_are_told()
    {
        _rig.Run(Cdbs.StartStop(0x30)).ShouldBeGood();
        Assert.Equal([0, 6, 2, 0x56, 1, 3, 0, 0], Poll(Power));
        Assert.Equal([0, 6, 2, 0x56, 0, 3, 0, 0], Poll(Power));
        _rig.Run(Cdbs.Ten(OperationCode.Read10, 0, 1)).ShouldBeGood();
        Assert.Equal([0, 6, 2, 0x56, 1, 1, 0, 0], Poll(Power));
        _rig.Run(Cdbs.StartStop(0x20)).ShouldBeGood();
        Assert.Equal([0, 6, 2, 0x56, 1, 2, 0, 0], Poll(Power));
    }

    [Fact]
    public void Whoever_prevents_removal_persistently_sees_that_it_does()
    {
        _rig.Run(Cdbs.Prevent(3)).ShouldBeGood();
        Assert.Equal([0, 6, 1, 0x56, 0, 0x80, 0, 0], Poll(Operational));
        Assert.Equal([0, 6, 1, 0x56, 0, 0, 0, 0], Poll(Operational, _rig.Second));
        _rig.Run(Cdbs.Prevent(2)).ShouldBeGood();
        Assert.Equal([0, 6, 1, 0x56, 0, 0, 0, 0], Poll(Operational));
    }

    private byte[] Poll(byte classes, Nexus? nexus = null)
    {
        Outcome outcome = _rig.Run(nexus ?? _rig.First, Cd.Events(classes));
        outcome.ShouldBeGood();
        return outcome.DataIn;
    }
}
