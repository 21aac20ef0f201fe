namespace Blockwire.Simulation.Tests;

/// <summary>A TCP connection between the two: two pipes, which live and die together, though the ends may hear of it at different times.</summary>
internal sealed class Link(Timeline timeline, SimRandom random, LinkQuality quality, ushort cid)
{
    private bool _cut;
    private bool _initiatorHeard;
    private bool _targetHeard;

    public ushort Cid { get; } = cid;

    public Pipe ToTarget { get; } = new(timeline, random, quality);

    public Pipe ToInitiator { get; } = new(timeline, random, quality);

    /// <summary>The connection is gone for the initiator.</summary>
    public Action<string>? InitiatorLost { get; set; }

    /// <summary>The connection is gone for the target.</summary>
    public Action<string>? TargetLost { get; set; }

    public bool IsCut => _cut;

    /// <summary>When the target found out that it is gone; null before.</summary>
    public TimeSpan? TargetHeardAt { get; private set; }

    /// <summary>Both directions lose what is under way; each end hears of it in its own time.</summary>
    public void Cut(TimeSpan initiatorHearsAfter, TimeSpan targetHearsAfter, string why)
    {
        if (_cut)
        {
            return;
        }

        _cut = true;
        ToTarget.Cut();
        ToInitiator.Cut();
        timeline.After(initiatorHearsAfter, () => TellInitiator(why));
        timeline.After(targetHearsAfter, () => TellTarget(why));
    }

    /// <summary>The initiator resets the connection.</summary>
    public void AbortByInitiator()
    {
        _initiatorHeard = true;
        Cut(TimeSpan.Zero, random.Between(quality.LeastDelay, quality.MostDelay), "reset by the initiator");
    }

    /// <summary>The target resets the connection.</summary>
    public void AbortByTarget()
    {
        _targetHeard = true;
        TargetHeardAt ??= timeline.Now;
        Cut(random.Between(quality.LeastDelay, quality.MostDelay), TimeSpan.Zero, "reset by the target");
    }

    private void TellInitiator(string why)
    {
        if (!_initiatorHeard)
        {
            _initiatorHeard = true;
            InitiatorLost?.Invoke(why);
        }
    }

    private void TellTarget(string why)
    {
        if (!_targetHeard)
        {
            _targetHeard = true;
            TargetHeardAt ??= timeline.Now;
            TargetLost?.Invoke(why);
        }
    }
}
