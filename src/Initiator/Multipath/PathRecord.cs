using Blockwire.Scsi;

namespace Blockwire.Initiator;

/// <summary>A path as <see cref="MultipathUnit"/> keeps it. Its state is guarded by the unit's lock.</summary>
internal sealed class PathRecord
{
    private const int MostAttentions = 16;

    private readonly Queue<SenseData> _attentions = [];

    public PathRecord(UnitPath path, MultipathSettings settings, Lock gate)
    {
        Path = path;
        Runner = new CommandRunner(
            path.Executor,
            new LogicalUnitSettings { Name = $"{settings.Name} over {path.Name}", Time = settings.Time, TimeLimit = settings.CheckTimeLimit, BusyTimeLimit = TimeSpan.Zero },
            (attention, _) =>
            {
                lock (gate)
                {
                    NoteAttention(attention);
                }

                return default;
            });
    }

    public UnitPath Path { get; }

    public string Name => Path.Name;

    /// <summary>For commands of the multipath layer's own.</summary>
    public CommandRunner Runner { get; }

    public bool IsUp { get; set; }

    /// <summary>Its last check is still under way.</summary>
    public bool IsChecking { get; set; }

    public bool IsRefused { get; set; }

    public AccessState State { get; set; } = AccessState.ActiveOptimized;

    public bool IsPreferred { get; set; }

    public int InFlight { get; set; }

    public ushort? RelativePort { get; set; }

    public ushort? Group { get; set; }

    /// <summary>Target port group support (TPGS) of the unit, over this path.</summary>
    public bool HasPortGroups { get; set; }

    public PathCandidate Candidate => new(IsUp, State, IsPreferred, InFlight);

    /// <summary>
    /// A command of our own has taken a unit attention out of the target. It belongs to whoever uses the unit: the next command over this path gets it, as it would have from the target.
    /// </summary>
    public void NoteAttention(SenseData attention)
    {
        if (_attentions.Count < MostAttentions && !_attentions.Contains(attention))
        {
            _attentions.Enqueue(attention);
        }
    }

    /// <summary>Takes a noted unit attention as the answer that the target would have given.</summary>
    public bool TryTakeAttention(byte operationCode, out ScsiResult result)
    {
        // These do not report unit attentions (SPC-4 §5.14.1).
        bool passes = operationCode is OperationCode.Inquiry or OperationCode.ReportLuns or OperationCode.RequestSense;
        if (passes || !_attentions.TryDequeue(out SenseData attention))
        {
            result = default;
            return false;
        }

        byte[] sense = new byte[64];
        result = new ScsiResult(ScsiStatus.CheckCondition, 0) { Sense = sense.AsMemory(0, attention.Write(sense, descriptorFormat: true)) };
        return true;
    }
}
