using Blockwire.Protocol.Session;

namespace Blockwire.Simulation.Tests;

/// <summary>Goes on when no ended task is with the disk any more.</summary>
internal sealed class DrainWait : EndWait
{
    private Action? _then;

    public override TargetConnection? AnswersOn => null;

    public bool Over { get; private set; }

    public void Complete()
    {
        Over = true;
        _then?.Invoke();
    }

    public void Then(Action action)
    {
        if (Over)
        {
            action();
        }
        else
        {
            _then += action;
        }
    }
}
