namespace Blockwire.Protocol.Initiator;

/// <summary>Tasks that wait to be sent, in order. Linked through the tasks themselves, so that any of them leaves at once and nothing is allocated.</summary>
internal sealed class TaskQueue
{
    private InitiatorTask? _last;

    public InitiatorTask? First { get; private set; }

    public int Count { get; private set; }

    public void AddLast(InitiatorTask task)
    {
        task.Previous = _last;
        task.Next = null;
        if (_last is null)
        {
            First = task;
        }
        else
        {
            _last.Next = task;
        }

        _last = task;
        Count++;
    }

    public void AddFirst(InitiatorTask task)
    {
        task.Next = First;
        task.Previous = null;
        if (First is null)
        {
            _last = task;
        }
        else
        {
            First.Previous = task;
        }

        First = task;
        Count++;
    }

    public void Remove(InitiatorTask task)
    {
        if (task.Previous is null)
        {
            First = task.Next;
        }
        else
        {
            task.Previous.Next = task.Next;
        }

        if (task.Next is null)
        {
            _last = task.Previous;
        }
        else
        {
            task.Next.Previous = task.Previous;
        }

        task.Previous = task.Next = null;
        Count--;
    }
}
