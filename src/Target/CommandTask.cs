using System.Buffers;
using System.Runtime.CompilerServices;
using Blockwire.Protocol.Session;
using Blockwire.Scsi;
using Blockwire.Scsi.Device;

namespace Blockwire.Target;

/// <summary>A task of the session core together with its command at the device server. Reused by its session.</summary>
#pragma warning disable CA1001 // the token source has neither timer nor wait handle, so there is nothing to dispose
internal sealed class CommandTask : TargetTask
#pragma warning restore CA1001
{
    private readonly ServedSession _session;
    private readonly Action _onCompleted;
    private CancellationTokenSource? _cancellation;
    private ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter _awaiter;

    public CommandTask(ServedSession session)
    {
        _session = session;
        _onCompleted = OnCompleted;
        Command = new Blockwire.Scsi.Device.ScsiCommand(session.Pool);
    }

    public Blockwire.Scsi.Device.ScsiCommand Command { get; }

    /// <summary>The failure of an execution that threw; null usually.</summary>
    public Exception? Defect { get; private set; }

    /// <summary>
    /// Somebody has asked, or is about to ask, for the end of the running command. Written under the session's lock; such an object is not used again.
    /// </summary>
    public bool CancellationRequested { get; set; }

    /// <summary>Runs the command. True when it is over already; else the session hears of it later.</summary>
    public bool Run(ScsiTargetDevice device)
    {
        Defect = null;
        Command.DataOut = DataOut;
        CancellationToken token = default;
        if (!Command.CompletesInline)
        {
            if (_cancellation is null || !_cancellation.TryReset())
            {
                _cancellation?.Dispose();
                _cancellation = new CancellationTokenSource();
            }

            token = _cancellation.Token;

            // Either this sees a cancellation that came before the token source, or the canceller sees the token source.
            Interlocked.MemoryBarrier();
            if (CancellationRequested)
            {
                _cancellation.Cancel();
            }
        }

        try
        {
#pragma warning disable CA2012 // consumed once: below, or in OnCompleted
            _awaiter = device.ExecuteAsync(Command, token).ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012
            if (!_awaiter.IsCompleted)
            {
                _awaiter.UnsafeOnCompleted(_onCompleted);
                return false;
            }

            _awaiter.GetResult();
        }
        catch (Exception failure)
        {
            Defect = failure;
        }

        return true;
    }

    /// <summary>Makes the finished command ready to run once more.</summary>
    public void PrepareAgain() => Command.BeginAgain();

    /// <summary>Asks a running command to stop.</summary>
    public void Cancel()
    {
        Interlocked.MemoryBarrier();
        _cancellation?.Cancel();
    }

    /// <summary>Brings the result over to the task, for the session core.</summary>
    public void TakeResult()
    {
        if (Defect is not null)
        {
            Command.Check(Blockwire.Scsi.Sense.InternalTargetFailure);
        }

        Status = (byte)Command.Status;
        Sense = Command.SenseMemory;
        ReportsAttention = Command.ReportsAttention;
        EndedTasksOfOthers = Command.EndedTasksOfOthers;
        TellsOfAllegiance = Command.TellsOfAllegiance;
        DataIn = Command.DataIn;
        DataInOwner = Command.TakeDataInOwner();
    }

    protected override void OnReleased() => Command.End();

    private void OnCompleted()
    {
        try
        {
            _awaiter.GetResult();
        }
        catch (Exception failure)
        {
            Defect = failure;
        }

        _awaiter = default;
        _session.OnCommandCompleted(this);
    }
}
