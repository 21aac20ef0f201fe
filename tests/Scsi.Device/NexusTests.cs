namespace Blockwire.Scsi.Device.Tests;

/// <summary>
/// Goal: what one nexus does to another: unit attentions, reservations, prevention of removal (SAM-5 §5.14, §6.3, SPC-2 §7.22, SBC-3 §5.10).
/// Method: two nexuses, one step at a time.
/// </summary>
public sealed class NexusTests
{
    private static readonly byte[] Reserve = [OperationCode.Reserve6, 0, 0, 0, 0, 0];
    private static readonly byte[] Release = [OperationCode.Release6, 0, 0, 0, 0, 0];

    private readonly Rig _rig = new(removable: true);

    [Fact]
    public void The_first_nexus_of_a_port_hears_of_power_on_and_the_next_of_nexus_loss()
    {
        Nexus first = new("iqn.x:new", 5, 1, 1);
        _rig.Target.AttachNexus(first, afterNexusLoss: false);
        _rig.Run(first, Cdbs.TestUnitReady).ShouldBe(Sense.PowerOnOccurred);
        _rig.Run(first, Cdbs.TestUnitReady).ShouldBeGood();
        _rig.Target.DetachNexus(first);
        Nexus again = new("iqn.x:new", 5, 1, 1);
        _rig.Target.AttachNexus(again, afterNexusLoss: false);
        _rig.Run(again, Cdbs.TestUnitReady).ShouldBe(Sense.NexusLoss);
        Nexus otherPort = new("iqn.x:new", 6, 1, 1);
        _rig.Target.AttachNexus(otherPort, afterNexusLoss: true);
        _rig.Run(otherPort, Cdbs.TestUnitReady).ShouldBe(Sense.NexusLoss);
    }

    [Fact]
    public void A_port_that_comes_through_another_target_port_is_a_nexus_that_was_never_lost()
    {
        Rig rig = new(ports: [new(1, 1), new(2, 2)]);
        foreach (ushort port in new ushort[] { 1, 2 })
        {
            Nexus nexus = new("iqn.x:new", 5, port, port);
            rig.Target.AttachNexus(nexus, afterNexusLoss: false);
            rig.Run(nexus, Cdbs.TestUnitReady).ShouldBe(Sense.PowerOnOccurred);
        }
    }

    [Fact]
    public void Ports_are_remembered_up_to_a_bound()
    {
        FormerNexuses ports = new(2);
        Assert.False(Note("a") || Note("b"));
        Assert.True(Note("a"));
        Assert.False(Note("c"));
        Assert.False(Note("a"));
        Assert.True(Note("c"));

        bool Note(string initiator) => ports.Note(NexusName.Of(initiator, 1, 1));
    }

    [Fact]
    public void Request_sense_gives_the_attention_and_clears_it()
    {
        _rig.Target.LogicalUnitReset(0, _rig.First);
        Outcome outcome = _rig.Run(Cdbs.RequestSense(descriptor: true));
        outcome.ShouldBeGood();
        Assert.Equal(0x72, outcome.DataIn[0]);
        Assert.Equal(Sense.BusDeviceReset, SenseData.Parse(outcome.DataIn));
        Assert.Equal(Sense.None, SenseData.Parse(_rig.Run(Cdbs.RequestSense()).DataIn));
        Assert.Equal(18, _rig.Run(Cdbs.RequestSense()).DataIn.Length);
    }

    [Fact]
    public void Request_sense_tells_why_the_unit_is_not_ready()
    {
        Rig disk = new();
        disk.Run(Cdbs.StartStop(0)).ShouldBeGood();
        Assert.Equal(Sense.InitializingCommandRequired, SenseData.Parse(disk.Run(Cdbs.RequestSense()).DataIn));
        disk.Run(Cdbs.StartStop(1)).ShouldBeGood();
        disk.Run(Cdbs.TestUnitReady).ShouldBeGood();
        _rig.Run(Cdbs.StartStop(2)).ShouldBeGood();
        Assert.Equal(Sense.MediumNotPresentTrayOpen, SenseData.Parse(_rig.Run(Cdbs.RequestSense()).DataIn));
        Assert.Equal(
            Sense.LogicalUnitNotSupported,
            SenseData.Parse(_rig.Run(_rig.First, Cdbs.RequestSense(), lun: LunFormat.Encode(1)).DataIn));
    }

    [Fact]
    public void A_reset_is_heard_by_every_nexus_and_replaces_lesser_attentions()
    {
        _rig.Target.TasksCleared(0, _rig.First, _rig.Second);
        _rig.Target.TargetReset(_rig.First, powerOn: false);
        _rig.Target.LogicalUnitReset(0, _rig.First);
        _rig.Run(_rig.First, Cdbs.TestUnitReady).ShouldBe(Sense.BusDeviceReset);
        _rig.Run(_rig.First, Cdbs.TestUnitReady).ShouldBeGood();
        _rig.Run(_rig.Second, Cdbs.TestUnitReady).ShouldBe(Sense.BusDeviceReset);
        _rig.Run(_rig.Second, Cdbs.TestUnitReady).ShouldBe(Sense.CommandsClearedByAnotherInitiator);
        _rig.Run(_rig.Second, Cdbs.TestUnitReady).ShouldBeGood();
    }

    [Fact]
    public void A_cold_reset_is_a_power_on_for_every_port_and_medium()
    {
        _rig.Run(Cdbs.StartStop(2)).ShouldBeGood();
        _rig.Target.TargetReset(_rig.First, powerOn: true);
        foreach (Nexus nexus in new[] { _rig.First, _rig.Second })
        {
            _rig.Run(nexus, Cdbs.TestUnitReady).ShouldBe(Sense.PowerOnOccurred);
            _rig.Run(nexus, Cdbs.TestUnitReady).ShouldBeGood();
        }

        _rig.Target.DetachNexus(_rig.First);
        Nexus again = new("iqn.2026-11.local.first:a", _rig.First.Isid, 1, 1);
        _rig.Target.AttachNexus(again, afterNexusLoss: false);
        _rig.Run(again, Cdbs.TestUnitReady).ShouldBe(Sense.PowerOnOccurred);
    }

    [Fact]
    public void Tasks_that_a_connection_took_along_are_heard_of_as_a_unit_attention()
    {
        _rig.Target.TasksEndedByTransport(0, _rig.First);
        Assert.Equal(SenseKey.UnitAttention, Sense.CommandsClearedByIscsiEvent.Key);
        _rig.Run(_rig.First, Cdbs.TestUnitReady).ShouldBe(Sense.CommandsClearedByIscsiEvent);
        _rig.Run(_rig.First, Cdbs.TestUnitReady).ShouldBeGood();
        _rig.Run(_rig.Second, Cdbs.TestUnitReady).ShouldBeGood();
    }

    [Fact]
    public void A_pending_event_is_shown_with_its_depth_and_stays()
    {
        Nexus nexus = new("iqn.2026-11.local.third:c", 3, 1, 1);
        Assert.Equal(0, _rig.Target.QueryAsynchronousEvent(0, nexus));
        _rig.Target.AttachNexus(nexus, afterNexusLoss: false);
        Assert.Equal(0x162900, _rig.Target.QueryAsynchronousEvent(0, nexus)); // UADE DEPTH 1, key 6
        _rig.Target.TasksEndedByTransport(0, nexus);
        Assert.Equal(0x262900, _rig.Target.QueryAsynchronousEvent(0, nexus)); // several
        _rig.Run(nexus, Cdbs.TestUnitReady).ShouldBe(Sense.PowerOnOccurred);
        Assert.Equal(0x16477F, _rig.Target.QueryAsynchronousEvent(0, nexus));
        _rig.Run(nexus, Cdbs.TestUnitReady).ShouldBe(Sense.CommandsClearedByIscsiEvent);
        Assert.Equal(0, _rig.Target.QueryAsynchronousEvent(0, nexus));
        Assert.Equal(0, _rig.Target.QueryAsynchronousEvent(9UL << 48, _rig.First));
    }

    [Fact]
    public void Precedence_of_resets()
    {
        UnitAttentionQueue queue = new();
        queue.Add(Sense.NexusLoss);
        queue.Add(Sense.BusDeviceReset);
        queue.Add(Sense.PowerOnOccurred);
        queue.Add(Sense.NexusLoss);
        Assert.True(queue.TryTake(out SenseData only));
        Assert.Equal(Sense.PowerOnOccurred, only);
        Assert.True(queue.IsEmpty);
    }

    [Fact]
    public void Cleared_tasks_are_told_to_the_victim_alone()
    {
        _rig.Target.TasksCleared(0, _rig.First, _rig.First);
        _rig.Target.TasksCleared(0, _rig.First, _rig.Second);
        _rig.Run(_rig.First, Cdbs.TestUnitReady).ShouldBeGood();
        _rig.Run(_rig.Second, Cdbs.TestUnitReady).ShouldBe(Sense.CommandsClearedByAnotherInitiator);
    }

    [Theory]
    [InlineData("release")]
    [InlineData("loss")]
    [InlineData("lun reset")]
    [InlineData("target reset")]
    public void A_reservation_ends(string how)
    {
        _rig.Run(_rig.First, Reserve).ShouldBeGood();
        _rig.Run(_rig.First, Reserve).ShouldBeGood();
        Assert.Equal(ScsiStatus.ReservationConflict, _rig.Run(_rig.Second, Reserve).Status);
        _rig.Run(_rig.Second, Release).ShouldBeGood();
        Assert.Equal(ScsiStatus.ReservationConflict, _rig.Run(_rig.Second, Cdbs.TestUnitReady).Status);
        switch (how)
        {
            case "release":
                _rig.Run(_rig.First, Release).ShouldBeGood();
                break;
            case "loss":
                _rig.Target.DetachNexus(_rig.First);
                break;
            case "lun reset":
                _rig.Target.LogicalUnitReset(0, _rig.Second);
                _rig.Run(_rig.Second, Cdbs.TestUnitReady).ShouldBe(Sense.BusDeviceReset);
                break;
            default:
                _rig.Target.TargetReset(_rig.Second, powerOn: false);
                _rig.Run(_rig.Second, Cdbs.TestUnitReady).ShouldBe(Sense.BusDeviceReset);
                break;
        }

        _rig.Run(_rig.Second, Cdbs.TestUnitReady).ShouldBeGood();
        _rig.Run(_rig.Second, Reserve).ShouldBeGood();
    }

    [Fact]
    public void A_nexus_that_has_gone_cannot_reserve_or_prevent()
    {
        _rig.Target.DetachNexus(_rig.First);
        Assert.Equal(ScsiStatus.ReservationConflict, _rig.Run(_rig.First, Reserve).Status);
        _rig.Run(_rig.First, Cdbs.Prevent(1)).ShouldBeGood();
        _rig.Run(_rig.Second, Cdbs.StartStop(2)).ShouldBeGood();
    }

    [Fact]
    public void Under_a_reservation_others_may_only_allow_removal_and_start()
    {
        _rig.Run(_rig.First, Reserve).ShouldBeGood();
        Assert.Equal(ScsiStatus.ReservationConflict, _rig.Run(_rig.Second, Cdbs.Prevent(1)).Status);
        _rig.Run(_rig.Second, Cdbs.Prevent(0)).ShouldBeGood();
        Assert.Equal(ScsiStatus.ReservationConflict, _rig.Run(_rig.Second, Cdbs.StartStop(0)).Status);
        Assert.Equal(ScsiStatus.ReservationConflict, _rig.Run(_rig.Second, Cdbs.StartStop(3)).Status);
        _rig.Run(_rig.Second, Cdbs.StartStop(1)).ShouldBeGood();
    }

    [Theory]
    [InlineData("allow")]
    [InlineData("loss")]
    [InlineData("lun reset")]
    [InlineData("target reset")]
    public void Prevention_of_removal_ends(string how)
    {
        _rig.Run(_rig.First, Cdbs.Prevent(1)).ShouldBeGood();
        _rig.Run(_rig.First, Cdbs.StartStop(2)).ShouldBe(Sense.MediumRemovalPrevented);
        _rig.Run(_rig.Second, Cdbs.StartStop(2)).ShouldBe(Sense.MediumRemovalPrevented);
        _rig.Run(_rig.Second, Cdbs.Prevent(0)).ShouldBeGood();
        _rig.Run(_rig.Second, Cdbs.StartStop(2)).ShouldBe(Sense.MediumRemovalPrevented);
        switch (how)
        {
            case "allow":
                _rig.Run(_rig.First, Cdbs.Prevent(0)).ShouldBeGood();
                break;
            case "loss":
                _rig.Target.DetachNexus(_rig.First);
                break;
            case "lun reset":
                _rig.Target.LogicalUnitReset(0, _rig.First);
                break;
            default:
                _rig.Target.TargetReset(_rig.First, powerOn: false);
                break;
        }

        Assert.Equal(how.EndsWith("reset", StringComparison.Ordinal), _rig.Run(_rig.Second, Cdbs.TestUnitReady).Sense is not null);
        _rig.Run(_rig.Second, Cdbs.StartStop(2)).ShouldBeGood();
        _rig.Run(_rig.Second, Cdbs.TestUnitReady).ShouldBe(Sense.MediumNotPresentTrayOpen);
    }

    [Fact]
    public void Loading_is_heard_by_the_others()
    {
        _rig.Run(_rig.First, Cdbs.StartStop(2, immediate: true)).ShouldBeGood();
        _rig.Run(_rig.First, Cdbs.StartStop(1)).ShouldBe(Sense.MediumNotPresentTrayOpen);
        _rig.Run(_rig.First, Cdbs.StartStop(3, immediate: true)).ShouldBeGood();
        _rig.Run(_rig.First, Cdbs.TestUnitReady).ShouldBeGood();
        _rig.Run(_rig.Second, Cdbs.TestUnitReady).ShouldBe(Sense.MediumMayHaveChanged);
    }

    [Fact]
    public void A_prevented_tray_neither_opens_nor_closes()
    {
        _rig.Run(Cdbs.StartStop(2)).ShouldBeGood();
        _rig.Run(Cdbs.Prevent(1)).ShouldBeGood();
        _rig.Run(Cdbs.StartStop(3)).ShouldBe(Sense.MediumRemovalPrevented);
        _rig.Run(Cdbs.Prevent(0)).ShouldBeGood();
        _rig.Run(Cdbs.StartStop(3)).ShouldBeGood();
        _rig.Run(Cdbs.Prevent(1)).ShouldBeGood();
        _rig.Run(Cdbs.StartStop(3)).ShouldBeGood();
    }

    [Fact]
    public void Stopping_a_removable_medium_leaves_it_accessible()
    {
        _rig.Run(Cdbs.StartStop(0)).ShouldBeGood();
        Assert.Equal(1, _rig.Disk.Flushes);
        _rig.Run(Cdbs.TestUnitReady).ShouldBeGood();
    }

    [Fact]
    public void Stop_and_eject_flush_unless_told_not_to()
    {
        _rig.Run(Cdbs.StartStop(0)).ShouldBeGood();
        Assert.Equal(1, _rig.Disk.Flushes);
        _rig.Run(Cdbs.StartStop(1)).ShouldBeGood();
        _rig.Run(Cdbs.StartStop(2)).ShouldBeGood();
        Assert.Equal(2, _rig.Disk.Flushes);
        _rig.Run(Cdbs.StartStop(3)).ShouldBeGood();
        _rig.Run(Cdbs.StartStop(4)).ShouldBeGood();
        Assert.Equal(2, _rig.Disk.Flushes);
    }

    [Fact]
    public void A_power_condition_moves_nothing()
    {
        for (int condition = 1; condition < 16; condition++)
        {
            _rig.Run(Cdbs.StartStop((byte)(condition << 4 | 2))).ShouldBeGood();
            _rig.Run(Cdbs.TestUnitReady).ShouldBeGood();
        }
    }

    [Fact]
    public void A_fixed_disk_has_no_tray()
    {
        Rig rig = new();
        rig.Run(Cdbs.StartStop(2)).ShouldBe(Sense.InvalidFieldInCdb(4, 1));
        rig.Run(Cdbs.StartStop(3)).ShouldBe(Sense.InvalidFieldInCdb(4, 1));
        rig.Run(Cdbs.Prevent(1)).ShouldBeGood();
        rig.Run(Cdbs.Prevent(2)).ShouldBe(Sense.InvalidFieldInCdb(4, 1));
    }

    [Fact]
    public void Descriptor_sense_when_the_control_page_says_so()
    {
        using OneBufferPool pool = new();
        ScsiCommand command = new(pool);
        _rig.Unit.Modes.DescriptorSense = true;
        command.Begin(_rig.First, 0, [0xFF, 0, 0, 0, 0, 0], TaskAttribute.Simple);
        Assert.False(_rig.Target.Prepare(command));
        Assert.Equal(0x72, command.Sense[0]);
        Assert.Equal(Sense.InvalidOpcode, SenseData.Parse(command.Sense));
    }

    [Fact]
    public async Task Many_nexuses_may_come_at_once()
    {
        Rig rig = new(new FakeDisk { Lends = true }, removable: true);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() => Hammer(rig, worker))));
        rig.Run(Cdbs.TestUnitReady);
        Outcome last = rig.Run(Cdbs.TestUnitReady);
        while (last.Sense?.Key == SenseKey.UnitAttention)
        {
            last = rig.Run(Cdbs.TestUnitReady);
        }

        last.ShouldBeGood();
        rig.Run(Reserve).ShouldBeGood();
    }

    private static void Hammer(Rig rig, int worker)
    {
        using OneBufferPool pool = new();
        ScsiCommand command = new(pool);
        byte[][] cdbs = [Cdbs.TestUnitReady, Reserve, Cdbs.RequestSense(), Release, Cdbs.Prevent(1), Cdbs.Ten(OperationCode.Read10, 0, 1)];
        for (int round = 0; round < 300; round++)
        {
            Nexus nexus = new("iqn.x:hammer", (ulong)worker, 1, 1);
            rig.Target.AttachNexus(nexus, afterNexusLoss: false);
            foreach (byte[] cdb in cdbs)
            {
                command.Begin(nexus, 0, cdb, TaskAttribute.Simple);
                if (rig.Target.Prepare(command))
                {
                    Assert.True(rig.Target.ExecuteAsync(command, CancellationToken.None).AsTask().IsCompletedSuccessfully);
                }

                Assert.Contains(command.Status, new[] { ScsiStatus.Good, ScsiStatus.CheckCondition, ScsiStatus.ReservationConflict });
                command.End();
            }

            if (round % 50 == 0)
            {
                rig.Target.LogicalUnitReset(0, nexus);
            }

            rig.Target.DetachNexus(nexus);
        }
    }
}
